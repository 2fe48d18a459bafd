/** A gateway in front of a real upstream, with everything that it logged and every exchange that ended. */

import type { Exchange } from '../exchange.ts'
import { createGateway } from '../gateway.ts'
import type { Gateway } from '../gateway-types.ts'
import type { Logger, LogLevel } from '../logger.ts'
import type { GatewayOptions } from '../options.ts'
import { definePlugin, type PluginInstance } from '../plugin.ts'
import type { UpstreamPlan } from './upstream/behaviour.ts'
import { createUpstream, type TestUpstream } from './upstream/server.ts'

/** One log line. */
export interface LogLine {
  /** Its level. */
  readonly level: LogLevel
  /** Its fields, those of child loggers included. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Its message. */
  readonly message: string
}

/** A logger and what it was told. */
export interface LogRecorder {
  /** Give it to a gateway. */
  readonly logger: Logger
  /** Its lines so far, oldest first. */
  readonly lines: readonly LogLine[]
}

/** Makes a logger that keeps its lines. */
export function createLogRecorder(): LogRecorder {
  const lines: LogLine[] = []
  const make = (bound: Record<string, unknown>): Logger => {
    const at =
      (level: LogLine['level']) =>
      (fields: object, message: string): void => {
        lines.push({ level, fields: { ...bound, ...fields }, message })
      }
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...bound, ...fields }),
    }
  }
  return { logger: make({}), lines }
}

/** A gateway that listens, its upstream, and what it did. */
export interface TestGateway extends AsyncDisposable {
  /** The gateway itself. */
  readonly gateway: Gateway
  /** Where it forwards to. */
  readonly upstream: TestUpstream
  /** Where the gateway listens: `http://127.0.0.1:port`. */
  readonly url: string
  /** The port of `url`. */
  readonly port: number
  /** Exchanges that are over, oldest first. */
  readonly exchanges: readonly Exchange[]
  /** Log lines, oldest first. */
  readonly logs: readonly LogLine[]
  /** A request through the hop seat. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Waits until this many exchanges are over. Rejects after 5 seconds. */
  finished(count: number): Promise<void>
  /** Reloads with other plugins; the recorder stays. */
  reload(plugins: readonly PluginInstance[], options?: GatewayOptions): Promise<void>
  /** Closes gateway and upstream. */
  close(): Promise<void>
}

/**
 * Starts a gateway with these plugins in front of a real upstream, both on free ports of 127.0.0.1.
 * @param plugins or a function that makes them, for plugins that have to know the upstream.
 * @param plan what the upstream does. Default: echo.
 */
export async function createTestGateway(
  plugins: readonly PluginInstance[] | ((upstream: TestUpstream) => readonly PluginInstance[]),
  options: GatewayOptions = {},
  plan?: UpstreamPlan,
): Promise<TestGateway> {
  const upstream = await createUpstream(plan)
  const exchanges: Exchange[] = []
  const { logger, lines } = createLogRecorder()
  const recorder = definePlugin({
    name: 'test-recorder',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup(host) {
      host.hooks.onFinish.tap((exchange) => {
        exchanges.push(exchange)
      })
    },
  })
  const full: GatewayOptions = { upstream: upstream.url, logger, ...options }
  let gateway: Gateway
  try {
    const made = typeof plugins === 'function' ? plugins(upstream) : plugins
    gateway = createGateway([...made, recorder()], full)
  } catch (error) {
    await upstream.close()
    throw error
  }
  const { url, port } = await gateway.listen({ port: 0 })
  const close = async (): Promise<void> => {
    await gateway.close({ graceMs: 1_000 })
    await upstream.close()
  }
  return {
    gateway,
    upstream,
    url,
    port,
    exchanges,
    logs: lines,
    fetch: (path, init) => fetch(`${url}${path}`, init),
    finished: (count) => until(() => exchanges.length >= count, `${count} exchanges to be over`),
    reload: (next, nextOptions) => gateway.reload([...next, recorder()], { ...full, ...nextOptions }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Waits until a condition holds. Rejects after `withinMs`, saying what it waited for. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 5_000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${withinMs} ms for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
