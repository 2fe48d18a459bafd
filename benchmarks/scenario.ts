/** What a scenario can say. The scenarios themselves are in `scenarios.ts`. */

/** The protocols of the two legs, client and upstream. A contender takes part in a scenario when it has a server for its wire. */
export type Wire = 'http1' | 'http2-http1' | 'http2-http2' | 'grpc' | 'websocket'

/** A body: its text, or how many bytes of made-up text it has. */
export type Body = string | { readonly bytes: number }

interface Common {
  readonly name: string
  /** One line: what is sent, what comes back, how many connections. */
  readonly description: string
  /** What the figures are per. Each is one question and its answer. */
  readonly per: 'request' | 'call' | 'message'
  /** Connections of the load. */
  readonly connections: number
  /** Contenders that are compared, beside the floor. Default: all but those that are made for another scenario. */
  readonly between?: readonly string[]
}

/** A request and its answer, repeated without a pause. */
interface Exchange extends Common {
  readonly per: 'request'
  readonly request: {
    readonly method: 'GET' | 'POST' | 'PUT'
    readonly path: string
    /** Without `host`, `connection`, `content-length` and `authorization`, which the client adds. */
    readonly headers: Readonly<Record<string, string>>
    readonly body?: Body
  }
  readonly response: {
    readonly status: number
    /** Without `content-length`, which the upstream counts. */
    readonly headers: Readonly<Record<string, string>>
    readonly body: Body
  }
}

/** Over HTTP/1.1 on both legs; each connection has one request open. */
export interface Http1Scenario extends Exchange {
  readonly wire: 'http1'
  /** Connections that stand open beside the load: each was used once and is kept. Default: none. */
  readonly idleConnections?: number
  /** Tokens that the requests carry in turn, and the event-loop delay that they cause. Default: one token, no delay. */
  readonly tokens?: Tokens
}

/** A pool of tokens. Each contender gets them one after the other, and begins again after the last. */
export interface Tokens {
  readonly algorithm: 'ES256' | 'RS256'
  readonly count: number
  /**
   * How many verified tokens a contender may remember. With `count` or more every token is used once before anything is
   * timed; with less, each has been forgotten when its turn comes again.
   */
  readonly cacheEntries: number
}

/** Over cleartext HTTP/2, known in advance, towards the proxy. */
export interface Http2Scenario extends Exchange {
  readonly wire: 'http2-http1' | 'http2-http2'
  /** Requests open at once on each connection. */
  readonly streams: number
}

/** A unary gRPC call over cleartext HTTP/2 on both legs. */
export interface GrpcScenario extends Common {
  readonly wire: 'grpc'
  readonly per: 'call'
  /** Calls open at once on each connection. */
  readonly streams: number
  /** `/package.Service/Method`. */
  readonly path: string
  readonly message: string
  readonly reply: string
}

/** A WebSocket message and its echo; each connection has one message under way. */
export interface WebSocketScenario extends Common {
  readonly wire: 'websocket'
  readonly per: 'message'
  readonly path: string
  readonly message: string
}

/** Whatever can be measured. Each wire has its client in `clients/` and its service in `servers/services/`. */
export type Scenario = Http1Scenario | Http2Scenario | GrpcScenario | WebSocketScenario

/** Length of a line of made-up text. */
const LINE_BYTES = 1_000

/** The bytes of a body. Made-up text counts its lines, so that no piece can change places with another unseen. */
export function bytesOf(body: Body): Buffer {
  if (typeof body === 'string') return Buffer.from(body)
  const lines = Array.from({ length: Math.ceil(body.bytes / LINE_BYTES) }, (_, line) =>
    `${line}\n`.padStart(LINE_BYTES, '.'),
  )
  return Buffer.from(lines.join('')).subarray(0, body.bytes)
}

/** How many questions the load keeps open at once on each connection. */
export function streamsOf(scenario: Scenario): number {
  return 'streams' in scenario ? scenario.streams : 1
}

/** What the upstream itself is asked: the same, in the protocol of its leg. */
export function upstreamLegOf(scenario: Scenario): Scenario {
  return scenario.wire === 'http2-http1' ? { ...scenario, wire: 'http1' } : scenario
}
