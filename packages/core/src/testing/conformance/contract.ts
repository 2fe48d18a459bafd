import { HOOK_API, isPluginInstance } from '../../plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectEqual } from './setup.ts'

/** The definition is complete and honest. */
export function contractChecks({ make, start }: ConformanceSetup): ConformanceCheck[] {
  return [
    {
      name: 'is a plugin instance with a complete definition',
      async run() {
        const plugin = make()
        expect(
          isPluginInstance(plugin),
          'What was made is no plugin instance: call what definePlugin returned',
        )
        const { name, version, api, fault } = plugin.definition
        for (const [field, value] of Object.entries({ name, version, api, fault })) {
          expect(typeof value === 'string' && value !== '', `definition.${field} is missing`)
        }
        expectEqual(api.split('.')[0], HOOK_API.split('.')[0], 'Major of the hook API')
      },
    },
    {
      name: 'makes instances that do not share state: two gateways run side by side',
      async run() {
        await using first = await start()
        await using second = await start()
        await first.close()
        const response = await second.fetch('/')
        expect(response.status < 500, `After another gateway closed, this one answers ${response.status}`)
        await response.arrayBuffer()
      },
    },
    {
      name: 'refuses unknown options, when it has a schema',
      async run() {
        const { options } = make().definition
        if (!options) return
        const given = make().options
        const result = await options['~standard'].validate({ ...(given as object), 'no-such-option': true })
        expect(
          result.issues !== undefined,
          'An option that does not exist is accepted: a typo would pass unseen',
        )
      },
    },
  ]
}
