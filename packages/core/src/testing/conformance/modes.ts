import type { Mode } from '../../modes.ts'
import type { PluginInstance } from '../../plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectEqual } from './setup.ts'

/** The same instance in another mode. */
function inMode(plugin: PluginInstance, mode: Mode): PluginInstance {
  return { ...plugin, settings: { ...plugin.settings, mode } }
}

/** `off`, `observe` and `shadow` never change what a client gets. */
export function modeChecks({ make, start, path }: ConformanceSetup): ConformanceCheck[] {
  const passes = (mode: Mode): ConformanceCheck => ({
    name: `lets a bare request pass in mode ${mode}`,
    async run() {
      // Without the headers that the plugin asks for: in these modes it must not matter.
      await using test = await start(inMode(make(), mode))
      const response = await test.fetch(path)
      await response.arrayBuffer()
      expectEqual(response.status, 200, 'Status')
    },
  })
  return [
    passes('off'),
    passes('observe'),
    passes('shadow'),
    {
      name: 'costs nothing in mode off',
      async run() {
        const plugin = inMode(make(), 'off')
        await using test = await start(plugin)
        await (await test.fetch(path)).arrayBuffer()
        await test.finished(1)
        const stats = test.gateway.stats().plugins.find(({ name }) => name === plugin.definition.name)
        const calls = Object.entries(stats?.hooks ?? {}).filter(([, hook]) => hook.calls > 0)
        expect(calls.length === 0, `Hooks were called: ${calls.map(([name]) => name).join(', ')}`)
      },
    },
  ]
}
