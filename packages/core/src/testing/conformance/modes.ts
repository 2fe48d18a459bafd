import type { Mode } from '../../modes.ts'
import type { PluginInstance } from '../../plugin.ts'
import type { TestGateway } from '../test-gateway.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import { watchChanges } from './changes.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectStatus } from './setup.ts'

/** The same instance in another mode. */
function inMode(plugin: PluginInstance, mode: Mode): PluginInstance {
  return { ...plugin, settings: { ...plugin.settings, mode } }
}

/** `off`, `observe` and `shadow` never change what a client or an upstream gets. */
export function modeChecks(setup: ConformanceSetup): ConformanceCheck[] {
  const { make, start, pass, path } = setup
  const area = 'modes'
  const passes = (mode: Mode): ConformanceCheck => ({
    area,
    name: `lets a bare request pass in mode ${mode}`,
    async run() {
      // Without the headers that the plugin asks for: in these modes it must not matter.
      await using test = await start({ change: (plugin) => inMode(plugin, mode) })
      const response = await test.fetch(path)
      await response.arrayBuffer()
      expectStatus(test, response.status, 200, `A bare request in mode ${mode}`)
    },
  })
  const changes = (mode: Mode): ConformanceCheck => ({
    area,
    name: `changes only what a hook may change in mode ${mode}`,
    async run() {
      const found: string[] = []
      const around = watchChanges(mode, found)
      await using test = await start({ change: (plugin) => wrapPlugin(inMode(plugin, mode), { around }) })
      await pass(test)
      await test.finished(1)
      expect(found.length === 0, found.join('. '))
    },
  })
  return [
    passes('off'),
    passes('observe'),
    passes('shadow'),
    {
      area,
      name: 'costs nothing in mode off',
      async run() {
        const { name } = make().definition
        await using test = await start({ change: (plugin) => inMode(plugin, 'off') })
        await pass(test)
        await test.finished(1)
        const stats = test.gateway.stats().plugins.find((plugin) => plugin.name === name)
        const calls = Object.entries(stats?.hooks ?? {}).filter(([, hook]) => hook.calls > 0)
        expect(calls.length === 0, `Hooks were called: ${calls.map(([hook]) => hook).join(', ')}`)
      },
    },
    changes('observe'),
    changes('shadow'),
    changes('enforce'),
    {
      area,
      name: 'is invisible on the wire in mode shadow',
      async run() {
        await using test = await start({
          change: (plugin) => inMode(plugin, 'off'),
          plan: { kind: 'answer', body: 'postern' },
        })
        const before = await wireOf(test, setup)
        await test.reload(setup.plugins(test.upstream.url, (plugin) => inMode(plugin, 'shadow')))
        const shadow = await wireOf(test, setup)
        await test.reload(setup.plugins(test.upstream.url, (plugin) => inMode(plugin, 'off')))
        const after = await wireOf(test, setup)
        // What differs from one exchange to the next (ids, dates) is compared by name only.
        const usual = steady(before, before, after)
        const found = steady(shadow, before, after)
        const more = found.filter((line) => !usual.includes(line)).map((line) => `+ ${line}`)
        const less = usual.filter((line) => !found.includes(line)).map((line) => `- ${line}`)
        expect(
          more.length + less.length === 0,
          `In shadow it changes what the upstream or the client gets: ${[...more, ...less].join(', ')}. Change headers in ` +
            'mapUpstreamRequest and mapResponse, which do not run in shadow',
        )
      },
    },
  ]
}

/** Names and values of what the upstream and the client got, in order. */
async function wireOf(test: TestGateway, { path, headers }: ConformanceSetup): Promise<string[]> {
  const response = await test.fetch(path, { headers: await headers() })
  await response.arrayBuffer()
  const { rawHeaders = [], method, url } = test.upstream.requests.at(-1) ?? {}
  return [
    `${method} ${url}`,
    ...pairs(rawHeaders),
    String(response.status),
    ...pairs([...response.headers].flat()),
  ]
}

function pairs(flat: readonly string[]): string[] {
  return flat.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${flat[i + 1]}`] : []))
}

function steady(lines: readonly string[], first: readonly string[], second: readonly string[]): string[] {
  return lines.map((line) =>
    first.includes(line) && second.includes(line) ? line : (line.split(':')[0] as string),
  )
}
