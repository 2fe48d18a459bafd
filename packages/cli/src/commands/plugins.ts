import type { AnyPluginDefinition, HookStats } from '@postern/core'
import { HOOK_API } from '@postern/core'
import { neededPage, workersIn } from '../admin/client.ts'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { quietGateway } from '../explain/quiet-gateway.ts'
import { type AskingOptions, asksRunning, clientFor } from '../live/asking.ts'
import { print } from '../output.ts'
import { columns, jsonText, ms } from '../trace/text.ts'

/** Lists the plugins in the order in which they run: from the file what they are, from a running gateway what they cost. */
export async function plugins(options: AskingOptions): Promise<ExitCode> {
  if (asksRunning(options)) await printRunning(options)
  else await printInstalled(options)
  return EXIT.ok
}

interface InstalledPlugin extends Pick<AnyPluginDefinition, 'name' | 'version' | 'api' | 'fault'> {
  readonly mode: string
  /** Slots with their versions. */
  readonly provides: readonly string[]
  readonly requires: readonly string[]
}

async function printInstalled({ config: file, json }: AskingOptions): Promise<void> {
  const config = await loadConfig(findConfig(file))
  await using quiet = quietGateway(config)
  const definitions = new Map(config.plugins.map(({ definition }) => [definition.name, definition]))
  const listed = quiet.gateway.plugins().flatMap(({ name, mode }): InstalledPlugin[] => {
    const definition = definitions.get(name)
    if (!definition) return []
    const { version, api, fault, provides = [], requires = [] } = definition
    const slots = (some: typeof provides): string[] => some.map((slot) => `${slot.name} ${slot.version}`)
    return [{ name, version, api, fault, mode, provides: slots(provides), requires: slots(requires) }]
  })
  if (json) {
    print(jsonText({ hookApi: HOOK_API, plugins: listed }))
    return
  }
  if (listed.length === 0) {
    print('No plugins.')
    return
  }
  const table = columns(
    listed.map((plugin, index) => ({ ...plugin, place: index + 1 })),
    [
      { head: '', cell: ({ place }) => `${place}.`, align: 'right' },
      { head: 'plugin', cell: ({ name }) => name },
      { head: 'version', cell: ({ version }) => version },
      { head: 'api', cell: ({ api }) => api },
      { head: 'class', cell: ({ fault }) => fault },
      { head: 'mode', cell: ({ mode }) => mode },
      { head: 'provides', cell: ({ provides }) => provides.join(', ') },
      { head: 'requires', cell: ({ requires }) => requires.join(', ') },
    ],
  )
  print(`${table}\n\nThis core offers hook API ${HOOK_API}.`)
}

/** A plugin as `/plugins` has it. */
interface RunningPlugin {
  readonly name: string
  readonly version: string
  readonly mode: string
  readonly shed?: boolean
  readonly hooks?: Readonly<Record<string, HookStats>>
}

/** One plugin in one hook. */
interface HookRow extends HookStats {
  readonly plugin: string
  readonly version: string
  readonly mode: string
  readonly hook: string
}

async function printRunning(options: AskingOptions): Promise<void> {
  const client = await clientFor(options)
  const answers = workersIn<readonly RunningPlugin[]>(await neededPage(client, 'plugins', 'gw start'))
  if (options.json) {
    print(jsonText(answers.length === 1 ? answers[0]?.data : { workers: answers }))
    return
  }
  const all = answers.flatMap(({ data }) => data)
  const rows = (answers[0]?.data ?? []).flatMap((plugin) => hookRows(plugin, all))
  const table = columns(rows, [
    { head: 'plugin', cell: ({ plugin }) => plugin },
    { head: 'version', cell: ({ version }) => version },
    {
      head: 'mode',
      cell: ({ mode }) => mode,
      tone: ({ mode }) => (mode.includes('shed') ? 'red' : undefined),
    },
    { head: 'hook', cell: ({ hook }) => hook },
    { head: 'calls', cell: ({ calls }) => (calls === 0 ? '' : String(calls)), align: 'right' },
    { head: 'cpu µs', cell: ({ calls, cpuMs }) => perCall(cpuMs, calls), align: 'right' },
    { head: 'wait µs', cell: ({ calls, waitMs }) => perCall(waitMs, calls), align: 'right' },
    {
      head: 'faults',
      cell: ({ faults }) => (faults === 0 ? '' : String(faults)),
      align: 'right',
      tone: () => 'red',
    },
  ])
  print(rows.length === 0 ? 'No plugins.' : `${table}\n\nTimes are means per call, since the start.`)
}

/** Workers are added up. A plugin that taps nothing has a line all the same. */
function hookRows({ name, version, mode }: RunningPlugin, all: readonly RunningPlugin[]): HookRow[] {
  const same = all.filter((plugin) => plugin.name === name)
  const hooks = [...new Set(same.flatMap((plugin) => Object.keys(plugin.hooks ?? {})))]
  const isShed = same.some(({ shed }) => shed)
  const own = { plugin: name, version, mode: isShed ? `${mode}, shed` : mode }
  if (hooks.length === 0) return [{ ...own, hook: '', calls: 0, cpuMs: 0, waitMs: 0, faults: 0 }]
  return hooks.map((hook) => {
    const sum = (field: keyof HookStats): number =>
      same.reduce((total, plugin) => total + (plugin.hooks?.[hook]?.[field] ?? 0), 0)
    return {
      ...own,
      hook,
      calls: sum('calls'),
      cpuMs: sum('cpuMs'),
      waitMs: sum('waitMs'),
      faults: sum('faults'),
    }
  })
}

function perCall(totalMs: number, calls: number): string {
  return calls === 0 || totalMs === 0 ? '' : ms((totalMs / calls) * 1_000)
}
