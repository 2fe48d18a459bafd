import { pluginConformance } from '@postern/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { auth, authCensus } from '../../src/index.ts'
import { optionsFor } from '../support/options.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

describe('with a census the plugin is still a good one', () => {
  const census = authCensus({ maxRows: 100 })
  const headers = async () => ({ authorization: `Bearer ${await issuer.sign()}` })
  const checks = pluginConformance(() => auth({ ...optionsFor(issuer), census }), { headers })
  for (const check of checks.filter(({ area }) => ['modes', 'lifecycle', 'leaks'].includes(area)))
    it(check.name, check.run)
})
