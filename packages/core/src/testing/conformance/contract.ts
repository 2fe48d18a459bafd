import { HOOK_API, isPluginInstance, runsHookApi } from '../../plugin.ts'
import { until } from '../test-gateway.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

/** The definition is complete and honest. */
export function contractChecks({ make, start, pass }: ConformanceSetup): ConformanceCheck[] {
  const area = 'contract'
  return [
    {
      area,
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
        expect(
          runsHookApi(api),
          `It was built for hook API ${api}; this core offers ${HOOK_API}, and runs that major and the one before`,
        )
      },
    },
    {
      area,
      name: 'refuses unknown options, when it has a schema',
      async run() {
        const { definition, options: given } = make()
        if (!definition.options) return
        const result = await definition.options['~standard'].validate({
          ...(given as object),
          'no-such-option': true,
        })
        expect(
          result.issues !== undefined,
          'An option that does not exist is accepted: a typo would pass unseen. Use a strict object in `options`',
        )
      },
    },
    {
      area,
      name: 'is set up at once, and becomes ready',
      async run() {
        let handle: unknown
        await using test = await start({
          change: (plugin) =>
            wrapPlugin(plugin, {
              around: (where, call, subject) => {
                const result = call(subject)
                if (where === 'setup') handle = result
                return result
              },
            }),
        })
        expect(
          !(handle instanceof Promise),
          'setup() returned a promise, which nobody waits for: start what takes time, return a handle at once, and say ' +
            'in `ready` when it is done',
        )
        await pass(test)
        const { ready } = (handle ?? {}) as { ready?: () => unknown }
        let state: unknown
        await until(
          () => {
            state = ready?.call(handle) ?? true
            return state === true
          },
          `ready() to be true: it says ${JSON.stringify(ready?.call(handle) ?? true)}`,
          3_000,
        )
      },
    },
    {
      area,
      name: 'makes instances that do not share state: two gateways run side by side',
      async run() {
        await using first = await start()
        await using second = await start()
        await first.close()
        const { status } = await pass(second)
        expect(
          status < 500,
          `After another gateway closed, this one answers ${status}: keep state in setup(), not in the module`,
        )
      },
    },
  ]
}
