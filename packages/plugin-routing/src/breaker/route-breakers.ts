import type { Exchange } from '@postern/core'
import type { Target } from '../targets/target.ts'
import type { Breaker } from './breaker.ts'

/** The breakers that the attempts of one route meet: its own, and that of the service that was picked. */
export class RouteBreakers {
  readonly #target: Target
  readonly #own: Breaker | null
  readonly #byService: ReadonlyMap<string, Breaker>
  readonly #all: readonly Breaker[]

  /** @param byService those of all services that have one. */
  constructor(target: Target, own: Breaker | null, byService: ReadonlyMap<string, Breaker>) {
    this.#target = target
    this.#own = own
    this.#byService = byService
    const ofServices = target.services.map(({ name }) => byService.get(name))
    this.#all = [own, ...ofServices].filter((breaker) => breaker !== null && breaker !== undefined)
  }

  /** Whether there is any. */
  get used(): boolean {
    return this.#all.length > 0
  }

  /**
   * Lets the coming attempt through.
   * @throws {GatewayError} GW_UPSTREAM_CIRCUIT_OPEN.
   */
  admit(exchange: Exchange): void {
    const own = this.#own
    const service = this.#serviceBreaker(exchange)
    // Both are asked before either counts: an attempt that one refuses must not take a place of the other.
    if (own && !own.admits()) throw own.refuse()
    if (service && !service.admits()) throw service.refuse()
    own?.take(exchange)
    service?.take(exchange)
  }

  /** Whether another attempt may follow: else what is there goes to the client. */
  allowsAnother(exchange: Exchange): boolean {
    const { attempt } = exchange
    if (attempt === null) return true
    const service = this.#serviceBreaker(exchange)
    return (
      (this.#own?.allowsAfter(exchange, attempt) ?? true) && (service?.allowsAfter(exchange, attempt) ?? true)
    )
  }

  /** Whether another attempt may start beside those that run. */
  allowsHedge(exchange: Exchange): boolean {
    return (this.#own?.isClosed ?? true) && (this.#serviceBreaker(exchange)?.isClosed ?? true)
  }

  /** The head of a response goes to the client. An answer counts now: its body may be a stream without an end. */
  responded(exchange: Exchange): void {
    const { attempt } = exchange
    // Ended: it is an error's head, and the attempt is recorded.
    if (attempt !== null && attempt.headersMs > 0 && attempt.endedMs === 0) this.#record(exchange, AT_HEAD)
  }

  /** An attempt ended. */
  attemptEnded(exchange: Exchange): void {
    const { attempt, respondedMs } = exchange
    if (attempt === null) return
    const wasAnswer = attempt.headersMs > 0 && respondedMs > 0 && attempt.endedMs >= respondedMs
    this.#record(exchange, wasAnswer ? AT_END : ALWAYS)
  }

  /** The exchange is over: places that it has still, since no attempt came of them, are others'. */
  finished(exchange: Exchange): void {
    for (const breaker of this.#all) breaker.release(exchange)
  }

  #record(exchange: Exchange, learns: (breaker: Breaker, exchange: Exchange) => boolean): void {
    const { attempt } = exchange
    // A host's own handler is asked without `admit`.
    if (attempt === null || attempt.endpoint === null) return
    const own = this.#own
    const service = this.#serviceBreaker(exchange)
    if (own && learns(own, exchange)) own.record(exchange, attempt)
    if (service && learns(service, exchange)) service.record(exchange, attempt)
  }

  #serviceBreaker(exchange: Exchange): Breaker | undefined {
    return this.#byService.size === 0
      ? undefined
      : this.#byService.get(this.#target.serviceFor(exchange).name)
  }
}

/** Which breakers learn of an answer when its head goes to the client, which when it has ended; and of other ends, all. */
const AT_HEAD = (breaker: Breaker, exchange: Exchange): boolean => !breaker.judgesAtEnd(exchange)
const AT_END = (breaker: Breaker, exchange: Exchange): boolean => breaker.judgesAtEnd(exchange)
const ALWAYS = (): boolean => true
