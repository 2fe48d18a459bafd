/** What `gw plugin check` and the process that runs the checks say to each other. */

/** What to run. */
export interface RunRequest {
  /** Folder of the plugin. */
  readonly folder: string
  /** Its name. */
  readonly name: string
  /** The module that it exports. */
  readonly module: string
  /** Folder of the core. */
  readonly core: string
  /** Module that says how it is checked; `undefined` for none. */
  readonly conformance: string | undefined
  /** Only these areas; empty for all. */
  readonly areas: readonly string[]
  /** Options of the plugin; `undefined`: those of the module. */
  readonly options: unknown
  /** Headers of a request that it lets through, `Name: value`. */
  readonly headers: readonly string[]
  /** Path of such a request. */
  readonly path: string | undefined
}

/** What the plugin says of itself, and the core of its hooks. */
export interface Introduction {
  readonly kind: 'plugin'
  readonly name: string
  readonly version: string
  readonly api: string
  readonly fault: string
  /** The hook API of the core. */
  readonly coreApi: string
  /** All that the core runs. */
  readonly coreApis: readonly string[]
}

/** A check begins. */
export interface CheckStart {
  readonly kind: 'start'
  readonly area: string
  readonly name: string
}

/** How a check ended. */
export interface CheckResult {
  readonly kind: 'check'
  readonly area: string
  readonly name: string
  readonly ms: number
  /** Why it failed; `undefined` when it passed. */
  readonly problem: string | undefined
}

/** The plugin cannot be checked at all. */
export interface Impossible {
  readonly kind: 'impossible'
  readonly message: string
}

/** Everything that the process says. */
export type RunMessage = Introduction | CheckStart | CheckResult | Impossible | { readonly kind: 'done' }
