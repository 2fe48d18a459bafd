/** The tests of a new plugin: what it does, and that it conforms. */
import type { PluginPlan } from '../plan.ts'

/** The files by path. */
export function tests(plan: PluginPlan): Record<string, string> {
  return { 'test/conformance.ts': conformance(plan), 'test/plugin.test.ts': pluginTest(plan) }
}

function conformance({ fault, short, type }: PluginPlan): string {
  const headers =
    fault === 'guard'
      ? `\n  headers: () => ({ 'x-${short.replaceAll(/[^a-z0-9]+/g, '-')}': 'conformance' }),`
      : ''
  return `import type { ConformanceOptions } from '@postern/core/testing'
import type { ${type}Options } from '../src/index.ts'

/** How the plugin is checked: its options, and a request that it lets through. \`gw plugin check\` reads it, too. */
export const conformance: ConformanceOptions & { readonly options: ${type}Options } = {
  options: {},${headers}
}
`
}

const BEHAVIOUR: Readonly<Record<PluginPlan['fault'], (plan: PluginPlan) => string>> = {
  guard: ({
    factory,
    area,
  }) => `test('refuses a request without the header, and lets one with it through', async () => {
  await using gateway = await createTestGateway([${factory}({ header: 'x-team' })])
  const refused = await gateway.fetch('/')
  expect(refused.status).toBe(400)
  expect(await refused.json()).toMatchObject({ code: 'GW_${area}_MISSING' })
  expect((await gateway.fetch('/', { headers: { 'x-team': 'checkout' } })).status).toBe(200)
})
`,
  observer: ({ factory, short }) => `test('counts answers from the status on', async () => {
  await using gateway = await createTestGateway([${factory}()], {}, [
    { kind: 'answer', status: 200 },
    { kind: 'answer', status: 503 },
  ])
  for (let i = 0; i < 2; i++) await (await gateway.fetch('/')).arrayBuffer()
  await gateway.finished(2)
  const metric = gateway.gateway.metrics().find(({ name }) => name === '${short}.answers')
  expect(metric?.points).toEqual([{ attributes: {}, value: 1 }])
})
`,
  transform: ({ factory }) => `test('sets the header on the answer', async () => {
  await using gateway = await createTestGateway([${factory}({ header: 'x-mark', value: 'here' })])
  expect((await gateway.fetch('/')).headers.get('x-mark')).toBe('here')
})
`,
}

function pluginTest(plan: PluginPlan): string {
  return `import { createTestGateway, pluginConformance } from '@postern/core/testing'
import { describe, expect, test } from 'vitest'
import { ${plan.factory} } from '../src/index.ts'
import { conformance } from './conformance.ts'

${BEHAVIOUR[plan.fault](plan)}
describe('conformance', () => {
  // One after the other: some checks look at the whole process.
  for (const { area, name, run } of pluginConformance(() => ${plan.factory}(conformance.options), conformance)) {
    test(\`\${area}: \${name}\`, { timeout: 60_000 }, run)
  }
})
`
}
