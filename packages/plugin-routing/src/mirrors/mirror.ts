import { type Endpoint, type Exchange, getHeader, type PluginHost } from '@postern/core'
import type { MirrorOptions } from '../options/mirror-options.ts'
import type { Service } from '../service.ts'

/** Header of a copy: a service can leave out what must not happen twice, and no gateway copies a copy. */
const MARKER = 'x-postern-mirror'

/** How much of an answer is read before its connection is cut: most end before, and the connection serves again. */
const ANSWER_BYTES = 65_536

/** How often the log says what was not sent. */
const COMPLAIN_EVERY_MS = 60_000

/** Default of `MirrorOptions.bodyBytes`. */
export const DEFAULT_BODY_BYTES = 65_536

/** What became of the requests that chance chose for a copy. */
export interface MirrorCounts {
  /** Copies that were sent. What runs is neither answered nor failed yet. */
  sent: number
  /** Copies that were answered, with whatever status. */
  answered: number
  /** Copies that got no answer in time, or had no endpoint to go to. */
  failed: number
  /** Not sent: too many ran. */
  full: number
  /** Not sent: the body is larger than allowed, or was not read whole. */
  body: number
}

/** Where chance and time come from; tests bring their own. */
export interface MirrorSources {
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
  /** A clock that only goes forward. */
  readonly nowMs: () => number
}

const SOURCES: MirrorSources = { random: () => Math.random(), nowMs: () => performance.now() }

/** Sends copies of a route's requests, once the upstream's answer is over. It waits for none of them. */
export class Mirror {
  readonly #counts: MirrorCounts
  readonly #service: Service
  readonly #options: MirrorOptions
  readonly #gateway: Pick<PluginHost, 'request' | 'logger'>
  readonly #sources: MirrorSources
  #inFlight = 0
  #turn = 0
  #complainMs = Number.NEGATIVE_INFINITY

  /** @param counts where it counts. */
  constructor(
    service: Service,
    options: MirrorOptions,
    gateway: Pick<PluginHost, 'request' | 'logger'>,
    counts: MirrorCounts,
    sources: MirrorSources = SOURCES,
  ) {
    this.#service = service
    this.#options = options
    this.#gateway = gateway
    this.#counts = counts
    this.#sources = sources
  }

  /** Told of every attempt that ended: of each exchange at most one was answered. */
  attemptEnded(exchange: Exchange): void {
    const { attempt, requestHeaders, upgrade } = exchange
    // No endpoint: the callee seat, where the request has arrived and nothing is sent.
    if (attempt === null || attempt.error !== null || attempt.endpoint === null || upgrade !== '') return
    if (getHeader(requestHeaders, MARKER) !== undefined) return
    const { percent = 100, maxInFlight = 32 } = this.#options
    if (this.#sources.random() * 100 >= percent) return
    if (this.#inFlight >= maxInFlight) this.#leaveOut('full', exchange)
    else if (exchange.retainedBody === null) this.#leaveOut('body', exchange)
    else this.#send(exchange, exchange.retainedBody)
  }

  #send(exchange: Exchange, body: Uint8Array): void {
    const endpoint = this.#endpoint()
    if (!endpoint) {
      this.#counts.failed++
      return
    }
    this.#inFlight++
    this.#counts.sent++
    this.#gateway
      .request(endpoint, {
        method: exchange.method,
        path: `${exchange.upstreamPath}${exchange.upstreamQuery}`,
        headers: [...exchange.upstreamRequestHeaders, MARKER, '1'],
        body: body.length === 0 ? undefined : body,
        timeoutMs: this.#options.timeoutMs ?? 10_000,
        maxBodyBytes: ANSWER_BYTES,
      })
      .then(this.#ended, this.#failed)
  }

  /**
   * Endpoints take turns, but for those that are sick. The service's own balancing is not asked: what it learns of an attempt
   * it learns of exchanges. `undefined` while the service has found no endpoint yet.
   */
  #endpoint(): Endpoint | undefined {
    const { members } = this.#service
    const nowMs = this.#sources.nowMs()
    for (let tried = 0; tried < members.length; tried++) {
      const member = members[this.#turn++ % members.length]
      if (member && member.health.ejectedUntilMs <= nowMs && !member.health.isUnhealthy)
        return member.endpoint
    }
    return members[this.#turn++ % members.length]?.endpoint
  }

  readonly #ended = (): void => {
    this.#inFlight--
    this.#counts.answered++
  }

  readonly #failed = (): void => {
    this.#inFlight--
    this.#counts.failed++
  }

  #leaveOut(why: 'full' | 'body', exchange: Exchange): void {
    this.#counts[why]++
    const nowMs = this.#sources.nowMs()
    if (nowMs < this.#complainMs) return
    this.#complainMs = nowMs + COMPLAIN_EVERY_MS
    this.#gateway.logger.warn(
      { route: exchange.route?.id, service: this.#service.name, ...this.#counts },
      'Requests were not mirrored',
    )
  }
}
