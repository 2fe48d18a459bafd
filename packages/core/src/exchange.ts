import type { GatewayError } from './errors.ts'
import type { Mode } from './modes.ts'
import type { ClientCertificate } from './peer.ts'
import type { Endpoint, Route } from './route.ts'
import type { Slot } from './slots.ts'

/** Where the gateway runs: own server, in the service's process, in the caller's process, or called by a host. */
export type Seat = 'hop' | 'callee' | 'caller' | 'fetch'

/** Version of HTTP on the client's leg; empty where the request never was on a wire, or could not be read. */
export type HttpVersion = '1.0' | '1.1' | '2.0' | ''

/** What a guard decided about one exchange. */
export interface Verdict {
  /** npm name of the plugin. */
  readonly plugin: string
  /** The mode it ran in. Only `enforce` counts. */
  readonly mode: Mode
  /** `allow` and `deny` are a check's; `seen` is what an `observe` function noted. */
  readonly decision: 'allow' | 'deny' | 'seen'
  /** Error code of a denial, or a short word of the plugin's. Never a token or header value. */
  readonly reason: string
}

/** One try to get an answer from an endpoint. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** The one before; `null` for the first. Of attempts side by side: one that did not win. */
  readonly previous: Attempt | null
  /** Where it was sent; `null` in the callee seat, whose target is the host's own handler. */
  readonly endpoint: Endpoint | null
  /** Why `pickEndpoint` chose that, in a short word of its plugin's; empty where it does not say, or did not choose. */
  readonly endpointReason: string
  /** When it was handed to the egress, on the clock of `performance.now()`. */
  readonly startedMs: number
  /** When a connection took it; 0 while none has. */
  readonly connectedMs: number
  /** When the final response head came; 0 while none has. */
  readonly headersMs: number
  /** When it ended; 0 while it runs. */
  readonly endedMs: number
  /** Status of the answer; 0 without one. */
  readonly status: number
  /** Trailers of the answer, flat: the status of gRPC, for one. Empty until its end, and without any. */
  readonly trailers: readonly string[]
  /** Why it failed, if it did. */
  readonly error: GatewayError | null
}

/** The other end of the client's connection: of the nearest hop, whatever a proxy says of those behind it. */
export interface ConnectionPeer {
  /** Its address, or the one that a trusted PROXY header gives. Empty on a unix socket. */
  readonly address: string
  /** Whether it came by a unix socket. An empty address alone does not say so: a connection that was reset has none either. */
  readonly unix: boolean
}

/** One request and its response on their way through the gateway; what every hook gets. */
export interface Exchange {
  /** Unique id: 32 lower-case hex digits, random; or what a trusted caller gave by `requestIdHeader`. */
  readonly id: string
  /** Whether a trusted caller gave `id`: it is then whatever that caller likes, and need not be random. */
  readonly isIdGiven: boolean
  /** Number of the generation that it lives in; the first is 1. */
  readonly generation: number
  /** Where the gateway runs for this exchange. */
  readonly seat: Seat
  /** When its head had been read, on the clock of `performance.now()`. */
  readonly startedMs: number

  /** Version of HTTP that the client speaks; empty in the caller seat, in `fetch`, and of a head that could not be read. */
  readonly httpVersion: HttpVersion
  /** The protocol that the client asks to switch to, as in `Upgrade` (`websocket`); empty for none. */
  readonly upgrade: string
  /** Request method, upper case as received; empty of a head that could not be read. */
  readonly method: string
  /** Scheme that the client used: `http` or `https`. */
  readonly scheme: string
  /** Host and port that the client asked for (`Host`, or the target's authority). */
  readonly authority: string
  /**
   * Path and query as received, or `*`: what a signature of the client covers. **Never decide by it**: routes, other guards and the
   * upstream go by `path`, which may differ.
   */
  readonly target: string
  /** The path, normalised once, the same value for routes and guards. Starts with `/`, or is `*`; empty of a refused head. */
  readonly path: string
  /** The query with its `?`, as received; empty without one. */
  readonly query: string
  /** Client leg, flat, hop-by-hop headers already gone. Do not change it: change `upstreamRequestHeaders`. */
  readonly requestHeaders: readonly string[]
  /** Address of the peer, or the client's behind a trusted proxy. Empty where a seat knows none. */
  readonly clientAddress: string
  /** The other end of the connection, for whom a header may speak only when it is trusted; `null` where a seat knows none. */
  readonly peer: ConnectionPeer | null
  /** Name of the listener that it came by (`listen({ name })`); empty for none, and where it came by none of the gateway's. */
  readonly listener: string
  /** The client's verified certificate (mTLS); `null` without one. */
  readonly clientCertificate: ClientCertificate | null
  /** Who is calling, for logs and mode exceptions: the client address until a guard writes a principal's id. */
  caller: string

  /** The route that matched; `null` before `pickRoute` and when none did. */
  readonly route: Route | null
  /** What `pickEndpoint` chose for the coming or running attempt; `null` before, and in the callee seat. */
  readonly endpoint: Endpoint | null
  /**
   * Why `pickEndpoint` chose it: a tap that chooses may set it to a short word from a fixed list, **never to what a client sent**.
   * The attempt keeps it. Default: empty, anew for each attempt.
   */
  endpointReason: string
  /** Path that the upstream gets; starts as `path`. `mapUpstreamRequest` may change it. */
  upstreamPath: string
  /** Query that the upstream gets, with its `?`; starts as `query`, for each attempt. `mapUpstreamRequest` may change it. */
  upstreamQuery: string
  /** Upstream leg, flat, made afresh for each attempt. `mapUpstreamRequest` may change it. */
  upstreamRequestHeaders: string[]
  /** The running or last attempt; of several side by side the newest, then the one that won. `null` before the first. */
  readonly attempt: Attempt | null

  /** Status of the response; 0 before one exists. `mapResponse` may change it. */
  status: number
  /** Response headers, flat, hop-by-hop headers already gone. `mapResponse` may change them. */
  responseHeaders: string[]
  /** Why the exchange failed or was refused, if it did. */
  readonly error: GatewayError | null
  /** What the guards decided, in order. */
  readonly verdicts: readonly Verdict[]
  /** When each of `verdicts` was decided, on the clock of `performance.now()`. */
  readonly verdictsMs: readonly number[]
  /** How long the guard took for each of `verdicts`, what it waited for included, in milliseconds. */
  readonly verdictsTookMs: readonly number[]
  /**
   * Runs the sending of an attempt, with `send` called once and at once: for what a library keeps per call stack, such as
   * OpenTelemetry's active context. `mapUpstreamRequest` may set it; it stays for the attempts that follow. In the callee seat
   * it runs the host's own handler. Default: `null`, nothing around it.
   */
  aroundSend: ((send: () => void) => void) | null

  /**
   * The complete request body, once it was read whole: of a route with `retainBodyBytes`, where it fits, or of a call that
   * brought it whole. Empty when the request has none. `null` before, and whenever it is not known whole. Do not change it.
   */
  readonly retainedBody: Uint8Array | null
  /**
   * Reads the whole request body before it goes anywhere, for a guard that has to know it or a signature that covers it; it is
   * forwarded from memory then, without trailers. `null` in the callee seat, where it is the host's to read. Only in
   * `preForward` and `preSend`.
   * @throws {GatewayError} as a rejection: GW_REQ_BODY_TOO_LARGE above `maxBytes`, GW_REQ_BODY_ABORTED when the client cuts it,
   *   GW_REQ_BODY_TIMEOUT when it does not come whole in nine tenths of `timeouts.pluginMs`. What was read is put back, and can
   *   be forwarded.
   */
  readBody(maxBytes: number): Promise<Uint8Array | null>
  /** Body bytes received from the client so far. */
  readonly requestBytes: number
  /** Body bytes sent to the client so far. */
  readonly responseBytes: number
  /** When the response head went to the client; 0 before. */
  readonly respondedMs: number
  /** When it was over; 0 before. */
  readonly finishedMs: number
  /** Whether the client went away. */
  readonly aborted: boolean
  /** Aborts when the client goes away. Made on first use: hand it to what a guard waits for. */
  readonly signal: AbortSignal

  /** What a slot holds, or `undefined`. */
  get<TValue>(slot: Slot<TValue>): TValue | undefined
  /** Fills a slot that the plugin provides. */
  set<TValue>(slot: Slot<TValue>, value: TValue): void
}

/** An answer that a `pre*` hook gives in place of the upstream. */
export interface Reply {
  /** 200 to 599. */
  readonly status: number
  /** Flat `[name, value, …]`. `content-length` is added. Default: none. */
  readonly headers?: readonly string[]
  /** Default: empty. */
  readonly body?: string | Uint8Array
}
