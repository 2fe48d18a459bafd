import { pluginConformance } from '@postern/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { auth, generateApiKey, hashApiKey, hashPassword } from '../../src/index.ts'
import { IntrospectionServer } from '../support/introspection-server.ts'

// Generous: a loaded machine must not fail it, and a hash on the event loop still would.
const budgetMs = 30

describe('API keys conform to the contract of a plugin', () => {
  const key = generateApiKey()
  const plugin = () => auth({ apiKeys: { keys: [{ id: 'basket', hash: hashApiKey(key) }] } })
  for (const check of pluginConformance(plugin, { budgetMs, headers: () => ({ 'x-api-key': key }) }))
    it(check.name, check.run)
})

describe('Basic conforms to the contract of a plugin', () => {
  let hash = ''
  beforeAll(async () => {
    hash = await hashPassword('secret', { ln: 14, r: 8, p: 1 })
  })
  const plugin = () => auth({ basic: { users: [{ id: 'basket', hash }] } })
  const authorization = `Basic ${Buffer.from('basket:secret').toString('base64')}`
  for (const check of pluginConformance(plugin, { budgetMs, headers: () => ({ authorization }) }))
    it(check.name, check.run)
})

describe('introspection conforms to the contract of a plugin', () => {
  let server: IntrospectionServer
  beforeAll(async () => {
    server = await IntrospectionServer.start()
    server.tokens.set('opaque', { sub: 'basket' })
  })
  afterAll(() => server[Symbol.asyncDispose]())
  const plugin = () => auth({ introspection: { url: server.url, bearer: 'gateway', cacheMs: 0 } })
  for (const check of pluginConformance(plugin, {
    budgetMs,
    headers: () => ({ authorization: 'Bearer opaque' }),
  }))
    it(check.name, check.run)
})
