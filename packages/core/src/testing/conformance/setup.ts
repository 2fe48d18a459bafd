import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { GatewayOptions } from '../../options.ts'
import type { PluginInstance } from '../../plugin.ts'
import { createTestGateway, type TestGateway } from '../test-gateway.ts'
import type { UpstreamPlan } from '../upstream/behaviour.ts'
import { wrapPlugin } from '../wrap-plugin.ts'

/** What a check is about. */
export type ConformanceArea =
  | 'contract'
  | 'seats'
  | 'phases'
  | 'aborts'
  | 'modes'
  | 'faults'
  | 'lifecycle'
  | 'leaks'
  | 'budget'

/** One check. */
export interface ConformanceCheck {
  /** What it is about. */
  readonly area: ConformanceArea
  /** A sentence whose subject is the plugin. */
  readonly name: string
  /** Rejects when the plugin does not conform, saying what was found, in which hook, and what to do. */
  readonly run: () => Promise<void>
}

/** What a plugin under test may need to know. */
export interface ConformanceContext {
  /** Address of the upstream that the check looks at, for plugins that route: `http://127.0.0.1:port`. */
  readonly upstreamUrl: string
}

/** How to run a plugin: what it needs beside it, and a request that it lets through. */
export interface ConformanceOptions {
  /** Other plugins that it needs: providers of slots that it requires. Default: none. */
  readonly beside?: (context: ConformanceContext) => readonly PluginInstance[]
  /** Headers of a request that the plugin lets through. Default: none. */
  readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Path of a request that the plugin lets through. Default: `/`. */
  readonly path?: string
  /** Milliseconds of event-loop time that the plugin may take per exchange, on average. Default: 5. */
  readonly budgetMs?: number
}

/** How a check starts its gateway. */
export interface StartOptions {
  /** What becomes of the plugin before it is used. Default: nothing. */
  readonly change?: (plugin: PluginInstance) => PluginInstance
  /** Options of the gateway. */
  readonly options?: GatewayOptions
  /** What the upstream does. Default: echo. */
  readonly plan?: UpstreamPlan
}

/** What the checks need to run a plugin. */
export interface ConformanceSetup {
  /** A fresh instance, to look at. */
  readonly make: () => PluginInstance
  /** Fresh instances, to run: the plugin, changed, and those beside it. */
  readonly plugins: (upstreamUrl: string, change?: StartOptions['change']) => readonly PluginInstance[]
  readonly path: string
  readonly budgetMs: number
  readonly headers: () => Promise<Record<string, string>>
  /** Starts a gateway with the plugin and those beside it. */
  readonly start: (how?: StartOptions) => Promise<TestGateway>
  /** Sends a request that the plugin lets through, and reads the whole answer. */
  readonly pass: (test: TestGateway, init?: RequestInit) => Promise<{ status: number; body: Buffer }>
}

/** How long a plugin may keep an exchange waiting in the checks: a worker takes its time to start on a busy machine. */
const PLUGIN_MS = 2_000
/** How long it may keep a gateway from closing, where that is not what a check is about. */
const CLOSE_MS = 3_000

/** An upstream for what is only looked at: nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9'

/** Fills in defaults. */
export function resolveSetup(
  make: (context: ConformanceContext) => PluginInstance,
  { beside = () => [], headers = () => ({}), path = '/', budgetMs = 5 }: ConformanceOptions,
): ConformanceSetup {
  const makeHeaders = async (): Promise<Record<string, string>> => ({ ...(await headers()) })
  const plugins: ConformanceSetup['plugins'] = (upstreamUrl, change = (plugin) => plugin) => [
    ...beside({ upstreamUrl }),
    closable(change(make({ upstreamUrl }))),
  ]
  return {
    make: () => make({ upstreamUrl: NOWHERE }),
    plugins,
    path,
    budgetMs,
    headers: makeHeaders,
    start: ({ change, options = {}, plan }: StartOptions = {}) =>
      createTestGateway(
        ({ url }) => plugins(url, change),
        { ...options, timeouts: { pluginMs: PLUGIN_MS, ...options.timeouts } },
        plan,
      ),
    async pass(test, init = {}) {
      const response = await test.fetch(path, { ...init, headers: await makeHeaders() })
      return { status: response.status, body: Buffer.from(await response.arrayBuffer()) }
    },
  }
}

/** The same plugin, whose `close` cannot hold a check up for ever. */
function closable(plugin: PluginInstance): PluginInstance {
  return wrapPlugin(plugin, {
    around(where, call, subject) {
      const result = call(subject)
      return where === 'close' ? Promise.race([result, sleep(CLOSE_MS, undefined, { ref: false })]) : result
    },
  })
}

/** Fails a check. */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** Fails a check unless two values are equal. */
export function expectEqual(found: unknown, needed: unknown, what: string): void {
  expect(
    isDeepStrictEqual(found, needed),
    `${what}: found ${JSON.stringify(found)}, need ${JSON.stringify(needed)}`,
  )
}

/** Fails a check unless the client got this status; what the plugins threw says why it did not. */
export function expectStatus(test: TestGateway, found: number, needed: number, what: string): void {
  const why = pluginFaults(test).map((fault) => `. ${fault}`)
  expect(found === needed, `${what}: the client got ${found}, need ${needed}${why.join('')}`)
}

/** What plugins threw so far: `my-plugin threw in onFinish: TypeError: …`, each once. */
export function pluginFaults({ logs }: Pick<TestGateway, 'logs'>): string[] {
  const faults = logs
    .filter(({ level, fields }) => level === 'error' && typeof fields['hook'] === 'string')
    .map(
      ({ fields }) =>
        `${String(fields['plugin'])} threw in ${String(fields['hook'])}: ${String(fields['err'])}`,
    )
  return [...new Set(faults)]
}
