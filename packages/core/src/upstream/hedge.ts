/**
 * Attempts of one exchange side by side: when the first is slow, another starts, and the first head wins. To whoever looks,
 * the exchange shows one attempt at a time: the newest while none has won, one that ends while its hooks run, then the winner.
 */
import { GatewayError } from '../errors.ts'
import type { LiveExchange, RunningAttempt } from '../live-exchange.ts'
import type { Sink } from '../seams.ts'
import type { HeadTaker, Race, UpstreamAttempt } from './attempt.ts'
import { type ForwardRoute, makeAttempt, runAttempt } from './forward.ts'

/** What the journey does for attempts side by side. */
export interface HedgeSteps {
  /** Whether another attempt may start beside those that run. */
  wanted(exchange: LiveExchange): boolean
  /**
   * Chooses an endpoint and makes the request of the next attempt; does nothing when the exchange `isOver` by then.
   * @returns whether it may be sent.
   */
  prepare(exchange: LiveExchange, isOver: () => boolean): Promise<boolean>
  /** An attempt ended. */
  ended(exchange: LiveExchange): void
}

/** An attempt, and what the exchange said of it when it was sent. */
interface Runner {
  readonly attempt: UpstreamAttempt
  readonly path: string
  readonly query: string
  readonly headers: string[]
}

/** The attempts of one exchange, from the first to the end of all. */
export class Hedge implements Race, RunningAttempt {
  readonly #exchange: LiveExchange
  readonly #route: ForwardRoute
  readonly #sink: Sink
  readonly #heads: HeadTaker
  readonly #steps: HedgeSteps
  readonly #runners: Runner[] = []
  #running = 0
  #winner: Runner | null = null
  #cancelled = false
  #timer: NodeJS.Timeout | undefined
  #settle: () => void = () => {}
  #fail: (thrown: unknown) => void = () => {}

  constructor(exchange: LiveExchange, route: ForwardRoute, sink: Sink, heads: HeadTaker, steps: HedgeSteps) {
    this.#exchange = exchange
    this.#route = route
    this.#sink = sink
    this.#heads = heads
    this.#steps = steps
  }

  /** Sends the attempt that is prepared, and others while it is slow. Resolves when all of them have ended. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = resolve
      this.#fail = reject
      this.#start()
    })
  }

  /**
   * The head of an attempt came: whether its answer counts. While others run, a fault of the service does not: one of them
   * may do better.
   */
  leads(attempt: UpstreamAttempt, status: number): boolean {
    if (this.#winner || (status >= 500 && this.#running > 1)) return false
    this.#winner = this.#runners.find((runner) => runner.attempt === attempt) ?? null
    clearTimeout(this.#timer)
    this.#show()
    const outpaced = new GatewayError('GW_UPSTREAM_OUTPACED')
    for (const runner of this.#runners) if (runner.attempt !== attempt) runner.attempt.cancel(outpaced)
    return true
  }

  cancel(error: GatewayError): void {
    this.#cancelled = true
    clearTimeout(this.#timer)
    for (const { attempt } of this.#runners) attempt.cancel(error)
  }

  touch(): void {
    for (const { attempt } of this.#runners) attempt.touch()
  }

  check(nowMs: number): void {
    for (const { attempt } of this.#runners) attempt.check(nowMs)
  }

  /** Tunnels are not hedged. */
  drain(): void {}

  #start(): void {
    const { upstreamPath, upstreamQuery, upstreamRequestHeaders } = this.#exchange
    const attempt = makeAttempt(this.#exchange, this.#route, this.#sink, this.#heads, this)
    this.#exchange.running = this
    const runner = {
      attempt,
      path: upstreamPath,
      query: upstreamQuery,
      headers: upstreamRequestHeaders,
    }
    this.#runners.push(runner)
    this.#running++
    void runAttempt(this.#exchange, this.#route, attempt).then(() => this.#onEnd(runner))
    this.#timer = setTimeout(() => this.#onSlow(), this.#route.hedgeAfterMs)
  }

  #onSlow(): void {
    const { attemptsMade } = this.#exchange
    if (this.#isOver() || attemptsMade >= this.#route.limits.attempts) return
    try {
      if (!this.#steps.wanted(this.#exchange)) return
    } catch {
      // The plugin's fault is counted and logged; the attempt that runs has nothing to do with it.
      return
    }
    const isOver = (): boolean => this.#isOver()
    this.#steps.prepare(this.#exchange, isOver).then(
      (ready) => {
        if (ready && !isOver()) this.#start()
        else this.#show()
      },
      () => this.#show(),
    )
  }

  #isOver(): boolean {
    return this.#winner !== null || this.#cancelled || this.#running === 0
  }

  #onEnd(runner: Runner): void {
    this.#running--
    this.#show(runner)
    try {
      this.#steps.ended(this.#exchange)
    } catch (thrown) {
      this.#fail(thrown)
    }
    if (this.#running > 0) {
      this.#show()
      return
    }
    clearTimeout(this.#timer)
    // Without a winner the last one failed: what came before it and was answered was dropped for it.
    this.#link(this.#winner ?? runner)
    this.#show(this.#winner ?? runner)
    this.#settle()
  }

  #show(runner: Runner | null = this.#winner ?? this.#runners.at(-1) ?? null): void {
    if (!runner) return
    const exchange = this.#exchange
    exchange.attempt = runner.attempt
    exchange.endpoint = runner.attempt.endpoint
    exchange.upstreamPath = runner.path
    exchange.upstreamQuery = runner.query
    exchange.upstreamRequestHeaders = runner.headers
  }

  /** All attempts stay to be found from the one that counts. */
  #link(last: Runner): void {
    let previous = (this.#runners[0] as Runner).attempt.previous
    for (const { attempt } of [...this.#runners.filter((runner) => runner !== last), last]) {
      attempt.previous = previous
      previous = attempt
    }
  }
}
