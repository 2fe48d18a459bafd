/** Time and faults per plugin and hook, and the gateway's own overhead. Plain counters: a read copies them. */

/** What one plugin cost in one hook. */
export interface HookStats {
  /** Calls. */
  readonly calls: number
  /** Time of the synchronous part, in milliseconds: what the event loop was held for. */
  readonly cpuMs: number
  /** Time an exchange waited for the asynchronous part, in milliseconds. */
  readonly waitMs: number
  /** Throws and missed deadlines. */
  readonly faults: number
}

/** What one plugin cost. */
export interface PluginStats {
  /** npm name. */
  readonly name: string
  /** Its version. */
  readonly version: string
  /** Whether it was shed: an observer whose taps are skipped after repeated faults. */
  readonly shed: boolean
  /** By hook name. */
  readonly hooks: Readonly<Record<string, HookStats>>
}

/** How one endpoint is used. */
export interface EndpointStats {
  /** Logical name of its service; empty when it has none. */
  readonly service: string
  /** Scheme, host and port. */
  readonly origin: string
  /** IP address that is connected to in place of the host; empty where the host itself is. */
  readonly address: string
  /** Attempts that run on it. */
  readonly inFlight: number
  /** Attempts that wait for a place, see `limits.concurrencyPerEndpoint`. */
  readonly waiting: number
  /** Open connections; endpoints with the same address and the same settings share them, and each tells them all. */
  readonly connected: number
  /** Those of them that carry nothing. */
  readonly idle: number
}

/** A histogram. */
export interface Histogram {
  /** Upper bounds of the buckets in milliseconds; the last bucket has none. */
  readonly boundsMs: readonly number[]
  /** Observations per bucket, one more than bounds. */
  readonly counts: readonly number[]
  /** Sum of all observations in milliseconds. */
  readonly sumMs: number
}

/** Counters of a gateway since its start. */
export interface GatewayStats {
  /** Exchanges that are over. */
  readonly exchanges: number
  /** Exchanges that run now. */
  readonly inFlight: number
  /** Number of the current generation; the first is 1. */
  readonly generation: number
  /** Generations that still have exchanges, the current one included. */
  readonly liveGenerations: number
  /** Upstream time in milliseconds, from sending an attempt to its response head, summed. */
  readonly upstreamMs: number
  /** The gateway's own time per exchange, from 50 µs, plugins included; a reload's pauses are inside. */
  readonly overhead: Histogram
  /** By plugin, in the order in which they run. */
  readonly plugins: readonly PluginStats[]
  /** Of the current generation; without those that calls in the caller seat go to on their own. */
  readonly endpoints: readonly EndpointStats[]
}

/** Bounds of the overhead histogram: 50 µs is where a gateway's own time begins to be seen. */
const OVERHEAD_BOUNDS_MS: readonly number[] = Object.freeze([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 100])

/** Counts observations into the overhead buckets. */
class OverheadHistogram {
  readonly #counts = [...OVERHEAD_BOUNDS_MS, Number.POSITIVE_INFINITY].map(() => 0)
  #sumMs = 0

  /** Adds one observation. */
  record(ms: number): void {
    let bucket = 0
    while (bucket < OVERHEAD_BOUNDS_MS.length && ms > (OVERHEAD_BOUNDS_MS[bucket] as number)) bucket++
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sumMs += ms
  }

  /** A copy. */
  read(): Histogram {
    return { boundsMs: OVERHEAD_BOUNDS_MS, counts: [...this.#counts], sumMs: this.#sumMs }
  }
}

/** What an exchange says of its own time. */
interface TimedExchange {
  readonly startedMs: number
  /** When the first attempt was sent; 0 before. */
  readonly forwardedMs: number
  readonly respondedMs: number
  readonly finishedMs: number
  readonly attempt: { readonly headersMs: number; readonly endedMs: number } | null
}

/** What a gateway costs, while it is counted. */
export class GatewayAccount {
  #exchanges = 0
  #upstreamMs = 0
  readonly #overhead = new OverheadHistogram()

  /** Adds an exchange that is over: the time before its first attempt, and between the upstream's head and the client's. */
  record({ attempt, forwardedMs, startedMs, respondedMs, finishedMs }: TimedExchange): void {
    this.#exchanges++
    if (!attempt) {
      this.#overhead.record(finishedMs - startedMs)
      return
    }
    const upstreamEndMs = attempt.headersMs || attempt.endedMs
    this.#upstreamMs += upstreamEndMs - forwardedMs
    this.#overhead.record(forwardedMs - startedMs + Math.max(0, (respondedMs || finishedMs) - upstreamEndMs))
  }

  /** A copy. */
  read(): Pick<GatewayStats, 'exchanges' | 'upstreamMs' | 'overhead'> {
    return { exchanges: this.#exchanges, upstreamMs: this.#upstreamMs, overhead: this.#overhead.read() }
  }
}

/** What one plugin costs in one hook, while it is counted. */
export class HookAccount implements HookStats {
  calls = 0
  cpuMs = 0
  waitMs = 0
  faults = 0

  /** A copy. */
  read(): HookStats {
    return { calls: this.calls, cpuMs: this.cpuMs, waitMs: this.waitMs, faults: this.faults }
  }
}

/** What one plugin costs, while it is counted. */
export class PluginAccount {
  readonly hooks: Map<string, HookAccount>
  shed = false

  /** @param before of the same plugin in the generation before: its numbers go on, as counters must; being shed does not. */
  constructor(before?: PluginAccount) {
    this.hooks = before?.hooks ?? new Map<string, HookAccount>()
  }

  /** The account of one hook, made on first use (at set-up). */
  hook(name: string): HookAccount {
    let account = this.hooks.get(name)
    if (!account) {
      account = new HookAccount()
      this.hooks.set(name, account)
    }
    return account
  }
}
