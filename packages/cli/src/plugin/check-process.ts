/** The process that a plugin is checked in: what it breaks, leaves running or never ends is gone with it. */
import { once } from 'node:events'
import { registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PluginInstance } from '@postern/core'
import { messageOf } from '../errors.ts'
import type { RunMessage, RunRequest } from './messages.ts'

type Core = Pick<typeof import('@postern/core'), 'HOOK_API' | 'isPluginFactory'> & {
  /** Cores before it had none. */
  readonly HOOK_APIS?: readonly string[]
}
type Kit = typeof import('@postern/core/testing')
type ConformanceOptions = NonNullable<Parameters<Kit['pluginConformance']>[1]>

/** What the module of `postern.conformance` says. */
type Conformance = ConformanceOptions & {
  /** Options of the plugin, or what makes them for the upstream of a check. */
  readonly options?: unknown
}

/** A check that takes longer hangs. */
const CHECK_MS = 60_000

/** Runs the checks that the parent asks for, and ends the process. */
export async function runChecks(): Promise<never> {
  const [request] = (await once(process, 'message')) as [RunRequest]
  try {
    await run(request)
    await tell({ kind: 'done' })
  } catch (error) {
    await tell({ kind: 'impossible', message: messageOf(error) })
  }
  process.exit()
}

async function run(request: RunRequest): Promise<void> {
  useCore(request.core)
  const core = (await import('@postern/core')) as Core
  const { pluginConformance } = await import('@postern/core/testing')
  const module = (await import(pathToFileURL(request.module).href)) as Readonly<Record<string, unknown>>
  const factories = [...new Set(Object.values(module).filter(core.isPluginFactory))]
  const factory =
    factories.find(({ definition }) => definition.name === request.name) ??
    (factories.length === 1 ? factories[0] : undefined)
  if (!factory) throw new Error(whyNone(module, request.name, factories.length))
  const { name, version, api, fault } = factory.definition
  const coreApis = core.HOOK_APIS ?? [core.HOOK_API]
  await tell({ kind: 'plugin', name, version, api, fault, coreApi: core.HOOK_API, coreApis })

  const conformance = await loadConformance(request)
  const given = request.options ?? conformance.options ?? {}
  const make = factory as (options: unknown) => PluginInstance
  const optionsFor = typeof given === 'function' ? (given as (context: unknown) => unknown) : () => given
  const checks = pluginConformance((context) => make(optionsFor(context)), {
    ...conformance,
    ...(request.headers.length > 0 && { headers: () => headersOf(request.headers) }),
    ...(request.path !== undefined && { path: request.path }),
  })
  for (const { area, name: check, run: runOne } of checks) {
    if (request.areas.length > 0 && !request.areas.includes(area)) continue
    await tell({ kind: 'start', area, name: check })
    const startedMs = performance.now()
    const problem = await Promise.race([runOne(), late()]).then(() => undefined, messageOf)
    await tell({ kind: 'check', area, name: check, ms: Math.round(performance.now() - startedMs), problem })
  }
}

/** From here on everybody in this process who imports core gets this one. */
function useCore(folder: string): void {
  const parentURL = pathToFileURL(join(folder, 'package.json')).href
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, /^@postern\/core(\/|$)/.test(specifier) ? { ...context, parentURL } : context),
  })
}

async function loadConformance({ conformance, folder }: RunRequest): Promise<Conformance> {
  if (conformance === undefined) return {}
  const file = resolve(folder, conformance)
  const module = (await import(pathToFileURL(file).href)) as { readonly conformance?: Conformance }
  if (module.conformance) return module.conformance
  throw new Error(`${conformance} exports no "conformance", which package.json says it does`)
}

function whyNone(module: object, name: string, count: number): string {
  if (count > 1) return `It exports ${count} plugins, and none of them is called "${name}" as the package is`
  const names = Object.keys(module).join(', ') || 'nothing'
  return `It exports no plugin, only ${names}. A plugin is what definePlugin of @postern/core returns`
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]
    }),
  )
}

function late(): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`It does not end within ${CHECK_MS / 1000} s`)), CHECK_MS).unref()
  })
}

/** What was said last must have left before the process ends. */
function tell(message: RunMessage): Promise<void> {
  return new Promise((done) => process.send?.(message, () => done()))
}
