import type {
  Exchange,
  GatewayError,
  Kept,
  Logger,
  Mode,
  PluginHandle,
  PluginRoute,
  Reply,
  Slot,
} from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import { type AuthOptions, type AuthRouteOptions, auth } from '../../src/index.ts'
import type { ResolvedAuthOptions } from '../../src/options.ts'
import { authOptionsSchema, authRouteOptionsSchema } from '../../src/options-schema.ts'
import type { Outcome } from '../../src/verify/outcome.ts'
import type { Verifier } from '../../src/verify/verifier.ts'

/** Log lines as text, to look for what must not be in them. */
export class TestLogger implements Logger {
  readonly lines: string[] = []
  debug = (fields: object, message: string) => this.#add('debug', fields, message)
  info = (fields: object, message: string) => this.#add('info', fields, message)
  warn = (fields: object, message: string) => this.#add('warn', fields, message)
  error = (fields: object, message: string) => this.#add('error', fields, message)
  child = (): Logger => this
  #add(level: string, fields: object, message: string): void {
    this.lines.push(`${level} ${message} ${JSON.stringify(fields)}`)
  }
}

/** Checks options as core does; throws the first issue's message. */
export function resolve(options: AuthOptions): ResolvedAuthOptions {
  const result = authOptionsSchema['~standard'].validate(options)
  if (result instanceof Promise) throw new Error('asynchronous')
  if (result.issues) throw new Error(result.issues.map((issue) => issue.message).join('; '))
  return result.value
}

/** What a request to the fake host ended with. */
export interface Checked {
  readonly error: GatewayError | undefined
  readonly principal: Principal | undefined
  readonly caller: string
  /** Whether the answer came without a promise. */
  readonly sync: boolean
  /** What the upstream would get. */
  readonly upstreamRequestHeaders: readonly string[]
}

interface Taps {
  preForward?: (exchange: Exchange) => unknown
  observe?: ((exchange: Exchange) => string | undefined) | undefined
  mapUpstreamRequest?: (exchange: Exchange) => void
}

/** Runs the plugin without core: one route, `enforce`. */
export class FakeHost {
  readonly logger = new TestLogger()
  readonly #taps: Taps = {}
  readonly #handle: PluginHandle
  readonly #kept: Map<string, Kept>

  /** @param before the generation that this one follows. */
  constructor(options: AuthOptions, route?: AuthRouteOptions, mode: Mode = 'enforce', before?: FakeHost) {
    this.#kept = before ? before.#kept : new Map<string, Kept>()
    const { definition } = auth(options)
    const routes: ((route: PluginRoute) => void)[] = []
    const taps = this.#taps
    this.#handle =
      definition.setup(
        {
          hooks: { onRoute: { tap: (fn: (route: PluginRoute) => void) => routes.push(fn) } },
          logger: this.logger,
          keep: (key: string, make: () => Kept) => this.#kept.get(key) ?? this.#keep(key, make()),
        } as never,
        // Its exchanges say less of a request than a census wants to know.
        resolve({ census: false, ...options }),
      ) ?? {}
    const routeOptions = (authRouteOptionsSchema['~standard'].validate(route ?? {}) as { value: unknown })
      .value
    for (const fn of routes) {
      fn({
        route: { id: 'default' },
        mode,
        options: routeOptions,
        hooks: {
          preForward: {
            tap(check: Taps['preForward'], extra?: { observe?: Taps['observe'] }) {
              Object.assign(taps, { preForward: check, observe: extra?.observe })
            },
          },
          onFinish: { tap() {} },
          mapUpstreamRequest: {
            tap: (fn: Taps['mapUpstreamRequest']) => Object.assign(taps, { mapUpstreamRequest: fn }),
          },
        },
      } as never)
    }
  }

  #keep(key: string, kept: Kept): Kept {
    this.#kept.set(key, kept)
    return kept
  }

  /** Sends a request with a bearer token through the taps. */
  withToken(token: string): Promise<Checked> {
    return this.request(['Authorization', `Bearer ${token}`])
  }

  async request(headers: readonly string[] = []): Promise<Checked> {
    const slots = new Map<string, unknown>()
    const exchange = {
      requestHeaders: ['Host', 'gateway', ...headers],
      upstreamRequestHeaders: ['Host', 'upstream'],
      caller: '127.0.0.1',
      get: (slot: Slot<unknown>) => slots.get(slot.name),
      set: (slot: Slot<unknown>, value: unknown) => void slots.set(slot.name, value),
    } as unknown as Exchange
    const given = this.#taps.preForward?.(exchange) as
      | Promise<GatewayError | undefined>
      | GatewayError
      | Reply
      | undefined
    const error = (await given) as GatewayError | undefined
    if (!error) this.#taps.mapUpstreamRequest?.(exchange)
    return {
      error,
      principal: exchange.get(principal),
      caller: exchange.caller,
      sync: !(given instanceof Promise),
      upstreamRequestHeaders: exchange.upstreamRequestHeaders,
    }
  }

  observe(headers: readonly string[]): string | undefined {
    return this.#taps.observe?.({ requestHeaders: headers } as Exchange)
  }

  ready(): true | string {
    return this.#handle.ready?.() ?? true
  }

  /** Waits until the plugin says it is ready. */
  async untilReady(): Promise<this> {
    await eventually(() => this.ready() === true)
    return this
  }

  async close(): Promise<void> {
    await this.#handle.close?.()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/** Waits until a condition holds. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const endMs = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > endMs) throw new Error('The condition did not come true in time.')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Verifies a token; a promise also where the answer came at once. */
export async function verifyAsync(verifier: Verifier, token: string): Promise<Outcome> {
  return verifier.verify(token)
}

/** Value of a flat header of a refusal. */
export function headerOf(error: GatewayError | undefined, name: string): string | undefined {
  const place = error?.headers.indexOf(name) ?? -1
  return place === -1 ? undefined : error?.headers[place + 1]
}
