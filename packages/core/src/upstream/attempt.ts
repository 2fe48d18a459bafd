import type { Duplex } from 'node:stream'
import { asGatewayError, GatewayError } from '../errors.ts'
import type { Attempt } from '../exchange.ts'
import { removeHeader } from '../headers/list.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { ResolvedLimits, ResolvedTimeouts } from '../options.ts'
import type { EgressControl, Flow, Receiver, Sink } from '../seams.ts'
import { type AttemptPhase, busy, dueMs, lateError, type TimedAttempt } from './attempt-times.ts'
import { Drain } from './drain.ts'
import type { UpstreamEndpoint } from './endpoint.ts'
import { mapUpstreamError } from './map-error.ts'
import type { Waiter } from './places.ts'
import { UpstreamBody } from './request-body.ts'
import { Tunnel, type TunnelWatcher } from './tunnel.ts'

/** Informational responses that are passed on per attempt; a storm of them has no other end. */
const MAX_INFORMATIONAL = 16

const NO_TRAILERS: readonly string[] = Object.freeze([])
/** Of attempts that run alone; nothing is ever put into it. */
const NOTHING_HELD: never[] = []

/** Attempts of one exchange side by side. */
export interface Race {
  /** Whether the answer whose head came is the exchange's. */
  leads(attempt: UpstreamAttempt, status: number): boolean
}

/** What happens with response heads: the journey's part. */
export interface HeadTaker {
  /** Whether the response is discarded, since another attempt follows. */
  discards(exchange: LiveExchange): boolean
  /** Gives the head to the sink. */
  send(exchange: LiveExchange, sink: Sink, reason: string): void
}

/**
 * One attempt while it runs: receives from an egress, gives to the sink, keeps the times, and ends exactly once. It
 * never throws into the egress: whatever fails ends the attempt.
 */
export class UpstreamAttempt implements Attempt, Receiver, Flow, TimedAttempt, TunnelWatcher, Waiter {
  readonly number: number
  previous: Attempt | null
  readonly endpoint: UpstreamEndpoint | null
  readonly endpointReason: string
  readonly startedMs: number
  connectedMs = 0
  headersMs = 0
  endedMs = 0
  status = 0
  trailers = NO_TRAILERS
  error: GatewayError | null = null
  phase: AttemptPhase = 'connect'
  phaseMs: number
  activeMs: number
  countsMs: number
  readonly timeouts: ResolvedTimeouts
  readonly deadlineMs: number
  private readonly exchange: LiveExchange
  private readonly sink: Sink
  private readonly heads: HeadTaker
  private readonly race: Race | null
  private headers: string[] = []
  private control: EgressControl | null = null
  private settle: (() => void) | null = null
  /** When it may be over time; 0 where that is still to be worked out, which the next look does. */
  private dueMs = 0
  private moved = false
  private informed = 0
  /** Informational responses that wait until it is known whether the attempt wins. */
  private readonly heldBack: { readonly status: number; readonly headers: string[] }[]
  private tunnel: Tunnel | null = null
  private target = ''
  private placed = false
  private connecting = false
  /** Reads the rest of a discarded response. */
  private rest: Drain | null = null

  constructor(
    exchange: LiveExchange,
    sink: Sink,
    timeouts: ResolvedTimeouts,
    heads: HeadTaker,
    race: Race | null,
  ) {
    this.previous = exchange.attempt
    this.number = ++exchange.attemptsMade
    this.endpoint = exchange.endpoint as UpstreamEndpoint | null
    this.endpointReason = exchange.endpointReason
    this.startedMs = this.phaseMs = this.activeMs = this.countsMs = performance.now()
    this.timeouts = timeouts
    this.deadlineMs = timeouts.totalMs > 0 ? exchange.startedMs + timeouts.totalMs : 0
    this.exchange = exchange
    this.sink = sink
    this.heads = heads
    this.race = race
    this.heldBack = race ? [] : NOTHING_HELD
  }

  /** Sends it; resolves when it has ended, well or not: `error` tells. */
  run(target: string, limits: ResolvedLimits): Promise<void> {
    this.target = target
    // Taken now: it may wait for a place while the request of another attempt is made.
    this.headers = this.exchange.upstreamRequestHeaders
    return new Promise((settle) => {
      this.settle = settle
      if (!this.endpoint) {
        this.send()
        return
      }
      const mayWait = this.timeouts.queueMs > 0 ? limits.queuedPerEndpoint : 0
      const place = this.endpoint.places.take(this, limits.concurrencyPerEndpoint, mayWait)
      this.placed = place === 'taken'
      if (this.placed) this.send()
      else if (place === 'full') this.cancel(busy())
      else this.enter('queue', this.startedMs)
    })
  }

  /** Another attempt on the endpoint ended: this one has its place. */
  onPlace(): void {
    this.placed = true
    this.enter('connect', performance.now())
    this.send()
  }

  private send(): void {
    const { aroundSend } = this.exchange
    if (aroundSend === null) this.sendNow()
    else aroundSend(() => this.sendNow())
  }

  private sendNow(): void {
    const { exchange, endpoint, target } = this
    exchange.egress.send(
      {
        endpoint,
        method: exchange.method,
        target,
        headers: this.headers,
        body: exchange.body,
        upgrade: exchange.upgrade,
      },
      this,
    )
  }

  onConnected(control: EgressControl): void {
    this.control = control
    if (this.phase === 'done') {
      this.leaveConnecting()
      control.abort(this.error ?? new GatewayError('GW_CLIENT_ABORTED'))
      return
    }
    this.connectedMs = performance.now()
    this.enter(this.exchange.body === null ? 'headers' : 'send', this.connectedMs)
  }

  onRequestSent(): void {
    if (this.phase === 'send') this.enter('headers', performance.now())
  }

  onInformation(status: number, headers: string[]): void {
    // Whatever an upstream has to say before its answer is a courtesy, and none of it may hold memory or break anything.
    if (this.phase === 'done' || this.informed++ >= MAX_INFORMATIONAL) return
    // Clients of HTTP/2 reset the stream for one (RFC 9110 section 8.6).
    removeHeader(headers, 'content-length')
    // Hints of an attempt that loses would speak of another answer than the client gets.
    if (this.race) this.heldBack.push({ status, headers })
    else this.inform(status, headers)
  }

  private inform(status: number, headers: string[]): void {
    try {
      this.sink.inform(status, headers)
    } catch {
      // Headers that cannot be written: the final response says more.
    }
  }

  onHead(status: number, reason: string, headers: string[]): void {
    if (this.phase === 'done') return
    const wasSent = this.phase !== 'send'
    this.headersMs = performance.now()
    this.enter('body', this.headersMs)
    this.status = status
    if (this.race && !this.race.leads(this, status)) {
      this.discard(wasSent)
      return
    }
    this.exchange.status = status
    this.exchange.responseHeaders = headers
    try {
      if (this.heads.discards(this.exchange)) {
        this.discard(wasSent)
        return
      }
      for (const held of this.heldBack) this.inform(held.status, held.headers)
      this.heads.send(this.exchange, this.sink, reason)
      this.exchange.retained?.last()
    } catch (thrown) {
      this.cancel(asGatewayError(thrown, 'The head of the response cannot be written'))
    }
  }

  onUpgrade(protocol: string, headers: string[], connection: Duplex): void {
    if (protocol === this.exchange.upgrade) this.onHead(101, '', headers)
    else {
      const message = 'A switch to a protocol that nobody asked for'
      this.cancel(new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { message }))
    }
    const client = this.phase === 'body' ? this.sink.takeOver?.() : undefined
    // The head could not be sent, or nobody waits for it any more.
    if (!client) {
      connection.destroy()
      return
    }
    this.enter('tunnel', this.headersMs)
    this.tunnel = new Tunnel(client, connection, this)
  }

  onClientBytes(count: number): void {
    this.exchange.requestBytes += count
    this.touch()
  }

  onUpstreamBytes(count: number): void {
    this.exchange.responseBytes += count
    this.touch()
  }

  onTunnelEnd(side: 'client' | 'upstream' | null, cause: unknown): void {
    if (this.phase === 'done') return
    if (side === 'client') this.error = new GatewayError('GW_CLIENT_ABORTED', { cause })
    if (side === 'upstream') this.error = new GatewayError('GW_UPSTREAM_BODY_CUT', { cause })
    this.end()
  }

  /**
   * The gateway shuts down: a tunnel, which has no end of its own, is given one, at some moment until `untilMs`. Not all at
   * the same, or all its clients would come back at once.
   * @param pauseMs how long the end may wait after that moment until nothing is under way.
   */
  drain(nowMs: number, untilMs: number, pauseMs: number): void {
    this.tunnel?.leave(nowMs + Math.random() * Math.max(0, untilMs - nowMs), pauseMs)
  }

  onData(chunk: Uint8Array): void {
    if (this.phase === 'done') {
      this.rest?.take(chunk.length)
      return
    }
    this.exchange.responseBytes += chunk.length
    this.touch()
    if (this.sink.write(chunk)) return
    this.sink.flow = this
    this.control?.pause()
  }

  onEnd(trailers: readonly string[]): void {
    if (this.phase === 'done') {
      this.rest?.end(true)
      return
    }
    this.trailers = trailers
    this.sink.end(trailers)
    this.end()
  }

  onFailure(error: unknown): void {
    if (this.phase === 'done') {
      this.leaveConnecting()
      this.rest?.end(true)
      return
    }
    this.error = mapUpstreamError(error, this.where(), this.headersMs > 0)
    this.end()
  }

  /** Ends it from this side: the client went away, a time ran out, a hook failed. */
  cancel(error: GatewayError): void {
    if (this.phase === 'done') return
    this.error = error
    // A connection that opens for it goes on opening. Its place stays taken until then: whoever abandons requests faster
    // than connections open would else open them without bound.
    this.connecting = this.phase === 'connect' && this.placed && this.control === null
    // Ended first: aborting calls back into `onFailure` with the same error.
    this.end()
    if (this.tunnel) this.tunnel.destroy()
    else this.control?.abort(error)
    const { body } = this.exchange
    if (body instanceof UpstreamBody) body.destroy()
  }

  /**
   * Ends it without a word to the client. The place is kept until the rest of the response is read.
   * @param wasSent whether the request is complete: else the connection is of no more use.
   */
  private discard(wasSent: boolean): void {
    if (wasSent) this.rest = new Drain((isWhole) => this.leaveRest(isWhole))
    this.end()
    if (!wasSent) this.control?.abort(discarded())
  }

  private leaveRest(isWhole: boolean): void {
    this.endpoint?.places.release()
    if (!isWhole) this.control?.abort(discarded())
  }

  /** Something moved: the idle time starts again, at the next look. A chunk costs no clock. */
  touch(): void {
    this.moved = true
  }

  /** Ends it when it is over time. Called every 25 ms. */
  check(nowMs: number): void {
    this.tunnel?.check(nowMs, !this.moved)
    if (this.moved) {
      this.moved = false
      this.activeMs = nowMs
    }
    // The client's time is not the upstream's.
    if (this.phase === 'send' && this.awaitsClient) this.countsMs = nowMs
    if (nowMs < this.dueMs) return
    this.dueMs = dueMs(this)
    if (nowMs < this.dueMs) return
    this.cancel(lateError(this, nowMs))
  }

  /** The sink drained. */
  resume(): void {
    if (this.phase === 'done') return
    this.touch()
    this.control?.resume()
  }

  get awaitsClient(): boolean {
    const { body } = this.exchange
    return body instanceof UpstreamBody && body.starved
  }

  get blockedByClient(): boolean {
    return this.sink.flow !== null
  }

  private enter(phase: AttemptPhase, nowMs: number): void {
    this.phase = phase
    this.phaseMs = this.activeMs = nowMs
    this.dueMs = 0
  }

  private end(): void {
    this.phase = 'done'
    this.endedMs = performance.now()
    if (!this.settle) return
    if (!this.placed) this.endpoint?.places.forget(this)
    else if (!this.connecting && this.rest === null) this.endpoint?.places.release()
    this.settle()
    this.settle = null
  }

  /** The connection that was opening when the attempt ended is there, or is not to be had. */
  private leaveConnecting(): void {
    if (!this.connecting) return
    this.connecting = false
    this.endpoint?.places.release()
  }

  private where(): string {
    if (!this.endpoint) return 'the host'
    const { origin, address } = this.endpoint
    return address === '' ? origin : `${origin} at ${address}`
  }
}

/** Why a response is read no further; nobody gets to see it. */
function discarded(): GatewayError {
  return new GatewayError('GW_UPSTREAM_BODY_CUT', {
    message: 'The response was discarded for another attempt',
  })
}
