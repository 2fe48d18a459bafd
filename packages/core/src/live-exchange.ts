import { Readable } from 'node:stream'
import { GatewayError } from './errors.ts'
import type { Attempt, Exchange, HttpVersion, Seat, Verdict } from './exchange.ts'
import type { HopRules } from './hop-rules.ts'
import { randomId, spread } from './ids.ts'
import type { ClientCertificate, Peer } from './peer.ts'
import type { Endpoint, Route } from './route.ts'
import type { Egress, KeptBody, RequestBody } from './seams.ts'
import type { Slot } from './slots.ts'
import { readWhole } from './whole-body.ts'

const NO_VERDICTS: readonly Verdict[] = Object.freeze([])
const NO_TIMES: readonly number[] = Object.freeze([])
const NO_HEADERS: string[] = []
/** Part of a plugin's time that it may wait for a body. */
const READ_SHARE = 0.9
const NO_BODY = new Uint8Array(0)

/** What runs upstream, as core drives it. */
export interface RunningAttempt {
  /** Ends it. */
  cancel(error: GatewayError): void
  /** Something moved. */
  touch(): void
  /** Ends it when it is over time. */
  check(nowMs: number): void
  /** Gives a tunnel an end. */
  drain(nowMs: number, untilMs: number, pauseMs: number): void
}

/** What an ingress knows about a request when it makes the exchange. */
export interface ExchangeHead {
  readonly seat: Seat
  readonly method: string
  readonly scheme: string
  readonly authority: string
  /** Path and query as received, or `*`. Normalised by the match stage, not here. */
  readonly target: string
  readonly requestHeaders: readonly string[]
  readonly clientAddress: string
  /** The other end of the connection; `null` where there is none. */
  readonly peer: Peer | null
  readonly httpVersion: HttpVersion
  /** The protocol that the client asks to switch to; empty for none. */
  readonly upgrade: string
  /** Whether a trusted proxy's `x-forwarded-*` stands among the headers. */
  readonly forwarded: boolean
  readonly body: RequestBody
  /** Announced length of the body; -1 when unknown, 0 without one. */
  readonly contentLength: number
  /** Why the head is refused, if it is: then nothing but the answer and `onFinish` follows. */
  readonly refusal: GatewayError | null
  /** Bytes of all header names and values, and how many lines they were. */
  readonly headerBytes: number
  readonly headerLines: number
  /** Id that a trusted caller gave; empty for none. */
  readonly id: string
}

/**
 * The exchange as core sees it. Every field is set in the constructor and none is ever added: one shape, so that the
 * code that reads it stays fast.
 */
export class LiveExchange implements Exchange {
  readonly seat: Seat
  readonly startedMs = performance.now()
  readonly isIdGiven: boolean
  generation = 0
  readonly method: string
  readonly scheme: string
  readonly authority: string
  readonly target: string
  path = ''
  query = ''
  readonly requestHeaders: readonly string[]
  readonly clientAddress: string
  readonly peer: Peer | null
  readonly httpVersion: HttpVersion
  readonly upgrade: string
  readonly forwarded: boolean
  readonly contentLength: number
  readonly headerBytes: number
  readonly headerLines: number
  refusal: GatewayError | null
  caller: string

  readonly egress: Egress
  /** What this gateway adds to what it passes on. */
  readonly hop: HopRules
  /** Where the call itself was going, in the caller seat. */
  readonly ownEndpoint: Endpoint | null
  body: RequestBody
  /** Keeps the body for another attempt; `null` where the route does not ask for it, or the body has another form. */
  retained: KeptBody | null = null
  route: Route | null = null
  endpoint: Endpoint | null = null
  endpointReason = ''
  upstreamPath = ''
  upstreamQuery = ''
  upstreamRequestHeaders: string[] = NO_HEADERS
  attempt: Attempt | null = null
  /** What runs upstream now: one attempt, or several side by side. */
  running: RunningAttempt | null = null
  attemptsMade = 0
  status = 0
  responseHeaders: string[] = NO_HEADERS
  error: GatewayError | null = null
  verdicts: readonly Verdict[] = NO_VERDICTS
  verdictsMs: readonly number[] = NO_TIMES
  verdictsTookMs: readonly number[] = NO_TIMES
  tapStartedMs = 0
  aroundSend: ((send: () => void) => void) | null = null
  requestBytes = 0
  responseBytes = 0
  /** How long to wait for the attempt in place of the answer that was discarded; -1 when none was. */
  retryAnswerMs = -1
  /** When the first attempt was sent; 0 before. */
  forwardedMs = 0
  respondedMs = 0
  finishedMs = 0
  aborted = false
  /** Place in the gateway's list of running exchanges. */
  liveIndex = 0
  private abortListener: (() => void) | null = null
  private ownId: string
  private slots: unknown[] | null = null
  private controller: AbortController | null = null

  constructor(head: ExchangeHead, egress: Egress, ownEndpoint: Endpoint | null, hop: HopRules) {
    this.seat = head.seat
    this.method = head.method
    this.scheme = head.scheme
    this.authority = head.authority
    this.target = head.target
    this.requestHeaders = head.requestHeaders
    this.clientAddress = head.clientAddress
    this.peer = head.peer
    this.httpVersion = head.httpVersion
    this.upgrade = head.upgrade
    this.forwarded = head.forwarded
    this.contentLength = head.contentLength
    this.headerBytes = head.headerBytes
    this.headerLines = head.headerLines
    this.refusal = head.refusal
    this.body = head.body
    this.caller = head.clientAddress
    this.ownId = head.id
    this.isIdGiven = head.id !== ''
    this.egress = egress
    this.hop = hop
    this.ownEndpoint = ownEndpoint
  }

  /** Made on first use: an exchange that nobody asks for its id needs none. */
  get id(): string {
    if (this.ownId === '') this.ownId = randomId()
    return this.ownId
  }

  get listener(): string {
    return this.peer?.listener ?? ''
  }

  get clientCertificate(): ClientCertificate | null {
    return this.peer?.certificate ?? null
  }

  get retainedBody(): Uint8Array | null {
    const { body, retained } = this
    if (retained) return retained.whole
    return body === null ? NO_BODY : body instanceof Uint8Array ? body : null
  }

  async readBody(maxBytes: number): Promise<Uint8Array | null> {
    if (this.seat === 'callee') return this.body === null ? NO_BODY : null
    if (this.contentLength > maxBytes) throw new GatewayError('GW_REQ_BODY_TOO_LARGE')
    if (this.body instanceof Readable) {
      // Before the hook's own deadline: what comes after that may be forwarding, which needs the body.
      const withinMs = (this.route?.timeouts.pluginMs ?? 0) * READ_SHARE
      const whole = await readWhole(this.body, maxBytes, withinMs)
      // From here on the body can be sent as often as needed.
      this.retained = null
      this.body = whole.length === 0 ? null : whole
    }
    const { retainedBody } = this
    if (retainedBody && retainedBody.length > maxBytes) throw new GatewayError('GW_REQ_BODY_TOO_LARGE')
    return retainedBody
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController()
    if (this.aborted) this.controller.abort(this.error)
    return this.controller.signal
  }

  get<TValue>(slot: Slot<TValue>): TValue | undefined {
    return this.slots?.[slot.index] as TValue | undefined
  }

  set<TValue>(slot: Slot<TValue>, value: TValue): void {
    this.slots ??= []
    this.slots[slot.index] = value
  }

  /** Adds a guard's verdict. The list is made on first use: most exchanges of an unguarded route have none. */
  addVerdict(verdict: Verdict): void {
    const now = performance.now()
    const tookMs = now - this.tapStartedMs
    if (this.verdicts === NO_VERDICTS) {
      this.verdicts = [verdict]
      this.verdictsMs = [now]
      this.verdictsTookMs = [tookMs]
      return
    }
    ;(this.verdicts as Verdict[]).push(verdict)
    ;(this.verdictsMs as number[]).push(now)
    ;(this.verdictsTookMs as number[]).push(tookMs)
  }

  /**
   * Has a function called when the exchange is cut while something waits for it; `null` ends that. A method, since V8 makes a
   * function that is written where it is assigned to a property an old object at once: decision 0010.
   */
  whenAborted(listener: (() => void) | null): void {
    this.abortListener = listener
  }

  /** The exchange is cut from outside: the client went away, or the gateway closes. Safe to call at any time. */
  abort(error: GatewayError): void {
    if (this.aborted || this.finishedMs !== 0) return
    this.aborted = true
    this.error ??= error
    this.controller?.abort(error)
    this.running?.cancel(error)
    this.abortListener?.()
  }

  /** A place in 0…100 that stays the same for the whole exchange, for percentages. */
  get dice(): number {
    return spread(this.id) * 100
  }
}
