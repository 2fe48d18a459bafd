/** A gateway that runs from a file: read, checked, listening, and reloaded as often as it is asked to. */
import { createGateway, type Gateway, type ListenAddress, type ListenOptions } from '@postern/core'
import { ConfigError } from '../config/issues.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { withLogger } from '../log/logger.ts'
import { type Description, describe } from './describe.ts'
import { ignoredOf, tlsToReplace } from './listen-changes.ts'
import { StartError } from './start-error.ts'

/** What is served, and how the command line wants it. */
export interface ServeOptions {
  /** Absolute path of the configuration. */
  readonly file: string
  /** What the file said at another time, in place of what it says now. */
  readonly text?: string | undefined
  /** Wins over the file's `listen.host`. */
  readonly host?: string | undefined
  /** Wins over the file's `listen.port`. */
  readonly port?: number | undefined
  /** Form of log lines: see `withLogger`. */
  readonly log: 'pretty' | 'json'
  /** Number of the worker, for its log lines. Default: none, there are no workers. */
  readonly worker?: number | undefined
}

/** What became of a reload. */
export type ReloadReport =
  | {
      readonly ok: true
      readonly description: Description
      /** What the new file says and a running gateway cannot follow. */
      readonly ignored: readonly string[]
    }
  | {
      readonly ok: false
      /** Why not, in words. */
      readonly message: string
      /** Files whose change may make it valid, beside those that are followed. Default: none. */
      readonly files?: readonly string[]
    }

/** A gateway that listens. */
export class Served {
  readonly gateway: Gateway
  readonly #options: ServeOptions
  readonly #address: ListenAddress
  readonly #listening: ListenOptions
  /** Since when the configuration runs. */
  since = new Date()
  #config: LoadedConfig
  #before: { readonly config: LoadedConfig; readonly since: Date } | undefined

  constructor(options: ServeOptions, gateway: Gateway, address: ListenAddress, config: LoadedConfig) {
    this.gateway = gateway
    this.#options = options
    this.#address = address
    this.#config = config
    this.#listening = listenOf(config, options)
  }

  /** What runs, for who shows it. */
  describe(): Description {
    return describe(this.#config, this.gateway, this.#address)
  }

  /** The configuration that runs. */
  get config(): LoadedConfig {
    return this.#config
  }

  /**
   * Takes over what the file says now. When that cannot be, nothing has changed. Never throws.
   * @param text as of `ServeOptions`.
   */
  async reload(text?: string): Promise<ReloadReport> {
    const { file } = this.#options
    try {
      const next = await loadConfig(file, text)
      const before = { config: this.#config, since: this.since }
      await this.#replaceBy(next)
      this.#before = before
      this.since = new Date()
      return {
        ok: true,
        description: this.describe(),
        ignored: ignoredOf(this.#listening, listenOf(next, this.#options)),
      }
    } catch (error) {
      const isKnown = error instanceof ConfigError || error instanceof UsageError
      const message = isKnown
        ? error.message
        : `${displayPath(file)} could not be loaded: ${messageOf(error)}`
      return { ok: false, message, files: error instanceof ConfigError ? error.files : [] }
    }
  }

  /** Goes back to what ran before the last reload. */
  async undo(): Promise<void> {
    const before = this.#before
    if (before === undefined) return
    await this.#replaceBy(before.config)
    this.since = before.since
    this.#before = undefined
  }

  async #replaceBy(next: LoadedConfig): Promise<void> {
    await this.gateway
      .reload(next.plugins, withLogger(next.options, this.#options))
      .catch((error: unknown) => {
        throw next.explain(error)
      })
    const tls = tlsToReplace(this.#listening, listenOf(next, this.#options))
    if (tls) this.#address.reloadTls(tls)
    this.#config = next
  }
}

/** A gateway that was made and does not listen yet. */
export interface Loaded {
  /** Rights of the file of its unix socket. */
  readonly socketMode: number | undefined
  /**
   * Listens.
   * @throws {UsageError} @throws {ConfigError} as `loadConfig`.
   */
  readonly listen: () => Promise<Served>
}

/**
 * Reads the file and makes the gateway.
 * @throws {StartError} in words for the terminal.
 */
export async function load(options: ServeOptions): Promise<Loaded> {
  const config = await loadConfig(options.file, options.text)
  const gateway = build(config, options)
  return { socketMode: config.listen.socketMode, listen: () => listen(config, gateway, options) }
}

async function listen(config: LoadedConfig, gateway: Gateway, options: ServeOptions): Promise<Served> {
  try {
    return new Served(options, gateway, await gateway.listen(listenOf(config, options)), config)
  } catch (error) {
    await gateway.close({ graceMs: 0 })
    throw new StartError(`Cannot listen: ${messageOf(error)}`, EXIT.failed)
  }
}

function build(config: LoadedConfig, options: ServeOptions): Gateway {
  try {
    return createGateway(config.plugins, withLogger(config.options, options))
  } catch (error) {
    throw config.explain(error)
  }
}

/** Host and port of the command line win, over a unix socket too. */
function listenOf({ listen }: LoadedConfig, { host, port }: ServeOptions): ListenOptions {
  const { socketPath, ...others } = listen
  if (socketPath !== undefined && host === undefined && port === undefined) return listen
  return { ...others, host: host ?? listen.host ?? '127.0.0.1', port: port ?? listen.port ?? 8080 }
}
