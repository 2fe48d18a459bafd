import type { Gateway, ListenAddress, ListenOptions } from '@postern/core'
import { ConfigError } from './config/issues.ts'
import { type LoadedConfig, loadConfig } from './config/load.ts'
import { displayPath, messageOf, UsageError } from './errors.ts'
import { clock, pluginLines, say, table } from './output.ts'

/** What is reloaded. */
export interface ReloadOptions {
  /** Listens already. */
  readonly gateway: Gateway
  /** What it was made from. */
  readonly config: LoadedConfig
  /** Where a configuration wants to listen, with the command line's word in it. */
  readonly listenOf: (config: LoadedConfig) => ListenOptions
  /** Where the gateway listens. */
  readonly address: ListenAddress
  /** Called after each reload. */
  readonly onReload: (config: LoadedConfig) => void
}

/** Replaces the configuration of a running gateway by what its file says now. */
export interface Reloader {
  /** The configuration that runs. */
  readonly current: LoadedConfig
  /**
   * Reloads now, or once more when a reload is under way. Never throws: a bad file leaves the old one
   * running.
   */
  readonly reload: () => void
  /** Nothing is reloaded or said after this. */
  readonly stop: () => void
}

/** Makes the reloader of a gateway that has just started. */
export function createReloader({ gateway, config, listenOf, address, onReload }: ReloadOptions): Reloader {
  const name = displayPath(config.file)
  const listening = listenOf(config)
  let current = config
  let since = new Date()
  let isStopped = false

  const load = async (): Promise<void> => {
    const next = await loadConfig(config.file)
    if (isStopped) return
    await gateway.reload(next.plugins, next.options).catch((error: unknown) => {
      throw next.explain(error)
    })
    current = next
    since = new Date()
    say(`Reloaded ${name} at ${clock(since)}\n${table([['plugins', pluginLines(gateway.plugins())]])}`)
    const wanted = listenOf(next)
    if (wanted.tls && clientsOf(wanted) === clientsOf(listening)) address.reloadTls(wanted.tls)
    onReload(next)
    if (where(wanted) !== where(listening)) {
      say(
        `The new listen address ${where(wanted)} is ignored until a restart; still listening on ${where(listening)}`,
      )
    } else if (fixed(wanted) !== fixed(listening)) {
      say('What changed in listen, other than certificates, is ignored until a restart')
    }
  }
  const tryToLoad = async (): Promise<void> => {
    try {
      await load()
    } catch (error) {
      if (isStopped) return
      const isKnown = error instanceof ConfigError || error instanceof UsageError
      say(isKnown ? error.message : `${name} could not be loaded: ${messageOf(error)}`)
      say(`Not reloaded: still running the configuration of ${clock(since)}`)
    }
  }
  return {
    get current() {
      return current
    },
    reload: oneAtATime(async () => {
      if (!isStopped) await tryToLoad()
    }),
    stop: () => {
      isStopped = true
    },
  }
}

function where({ socketPath, host, port }: ListenOptions): string {
  return socketPath ?? `${host}:${port}`
}

/** Whether there is TLS, and what it asks of clients: certificates can be replaced, this cannot. */
function clientsOf({ tls }: ListenOptions): string {
  return tls ? (tls.clientCertificates ?? 'none') : 'no TLS'
}

/** What cannot change while a gateway listens. */
function fixed(listen: ListenOptions): string {
  const { name, socketMode, protocols, proxyProtocol } = listen
  return JSON.stringify([name, socketMode, protocols, proxyProtocol, clientsOf(listen)])
}

/**
 * Runs the work at each call, but never twice at once: calls while it runs make one more run after it. Two
 * reloads that overtake each other would leave the older configuration running.
 */
function oneAtATime(work: () => Promise<void>): () => void {
  let asked = 0
  let done = 0
  let isRunning = false
  const run = async (): Promise<void> => {
    isRunning = true
    while (done < asked) {
      done = asked
      await work()
    }
    isRunning = false
  }
  return () => {
    asked++
    if (!isRunning) void run()
  }
}
