/** What runs, as plain data: the banner shows it, and a worker sends it to its primary. */
import type { Gateway, ListenAddress, PluginInfo } from '@postern/core'
import type { AdminOptions } from '../config/admin.ts'
import type { LoadedConfig } from '../config/load.ts'
import { loadedModules } from './modules.ts'
import { warningsOf } from './warnings.ts'

/** A running gateway, described. */
export interface Description {
  /** URL, or path of the unix socket. */
  readonly listening: string
  /** Port that it got; 0 on a unix socket. */
  readonly port: number
  /** Absolute path of the configuration. */
  readonly file: string
  /** What the file said; `undefined` of a module. */
  readonly text: string | undefined
  /** URL of the upstream, where there is one for all. */
  readonly upstream: string | undefined
  /** In the order in which they run. */
  readonly plugins: readonly PluginInfo[]
  /** How many routes plugins have defined. */
  readonly routes: number
  /** What somebody should know, a sentence each. */
  readonly warnings: readonly string[]
  /** Files whose change is a change of the configuration. */
  readonly files: readonly string[]
  /** Modules whose change needs a new process; empty unless they are followed. */
  readonly modules: readonly string[]
  /** How long running exchanges may go on at the end. */
  readonly graceMs: number
  /** Where operators ask. */
  readonly admin: AdminOptions | undefined
}

/** How long running exchanges may go on when the configuration does not say. */
const GRACE_MS = 10_000

/** Describes a gateway. */
export function describe(config: LoadedConfig, gateway: Gateway, address: ListenAddress): Description {
  const { upstream } = config.options
  return {
    listening: address.socketPath || address.url,
    port: address.port,
    file: config.file,
    text: config.text,
    upstream: typeof upstream === 'object' ? upstream.url : upstream,
    plugins: gateway.plugins(),
    routes: gateway.routes().filter(({ id }) => id !== 'default').length,
    warnings: warningsOf(config, gateway),
    files: config.files,
    modules: loadedModules(config.file),
    graceMs: config.drain.graceMs ?? GRACE_MS,
    admin: config.admin,
  }
}
