/** What the access log says of an exchange: names and meaning of its fields, schema version 1. */

/** Version of the schema. A field may be added within a version; none changes its meaning or goes. */
export const SCHEMA_VERSION = 1

/** Text of every line: what to search for. */
export const MESSAGE = 'exchange'

/** What is the same on all lines of one route and service of a generation: written out once. */
export interface CommonFields {
  /** Version of the schema. */
  readonly v: typeof SCHEMA_VERSION
  /** Route id; absent when none matched. */
  readonly route: string | undefined
  /** The service that answered or was tried last, by its current name. */
  readonly service: string | undefined
  /** Number of the gateway's generation. */
  readonly generation: number
}

/** One flat object per exchange. What is `undefined` is left out, and so is what is as it nearly always is. */
export interface AccessLine {
  /** 32 hex digits. */
  readonly traceId: string
  /** The gateway's own span. */
  readonly spanId: string
  /** The span that it is a child of; absent where the trace starts here. */
  readonly parentSpanId: string | undefined
  /** Old name under which the service was asked for. */
  readonly alias: string | undefined
  /** Span id that each attempt carried upstream, in order, comma separated. */
  readonly attemptSpanIds: string | undefined
  /** Trace that a caller named whose context was not continued, with `trust: 'link'`. */
  readonly linkedTraceId: string | undefined
  /** The caller's span in that trace. */
  readonly linkedSpanId: string | undefined
  /** Whether the trace is sampled; absent when it is. */
  readonly sampled: false | undefined
  /** Absent when it is the trace id. */
  readonly exchangeId: string | undefined
  /** `hop`, `callee`, `caller` or `fetch`. */
  readonly seat: string
  /** Name of the listener that it came by; absent for none. */
  readonly listener: string | undefined
  /** Id of the principal, else the client's address. */
  readonly caller: string | undefined
  /** `service`, `user` or `address`. */
  readonly callerKind: string | undefined
  /** How the principal proved itself. */
  readonly auth: string | undefined
  /** Request method. */
  readonly method: string
  /** Path without query. */
  readonly path: string | undefined
  /** Version of HTTP on the client's leg. */
  readonly httpVersion: string | undefined
  /** Status; 499 when the client left without an answer. */
  readonly status: number
  /** Error code. */
  readonly error: string | undefined
  /** Whether it was cut off. */
  readonly aborted: true | undefined
  /** Who ended it before its proper end. */
  readonly closedBy: ClosedBy | undefined
  /** Origin of the last attempt. */
  readonly upstream: string | undefined
  /** How many attempts; absent when one. */
  readonly attempts: number | undefined
  /** Number, origin, status or code, and milliseconds of each attempt; absent when one succeeded. */
  readonly attemptLog: string | undefined
  /** Body bytes of the request. */
  readonly requestBytes: number
  /** Body bytes of the response. */
  readonly responseBytes: number
  /** Media type of the request, without parameters. */
  readonly requestType: string | undefined
  /** Media type of the response, without parameters. */
  readonly responseType: string | undefined
  /** Names of request headers by allow-list, comma separated. */
  readonly requestHeaders: string | undefined
  /** Names of response headers by allow-list, comma separated. */
  readonly responseHeaders: string | undefined
  /** Verdicts of guards that are not those that enforce and allow. */
  readonly verdicts: string | undefined
  /** From the request's head to the end of the response. */
  readonly durationMs: number
  /** Until the response head, less `queueMs` and `upstreamMs`. */
  readonly gatewayMs: number
  /** Waited for a connection or a place at the endpoint; absent without an attempt. */
  readonly queueMs: number | undefined
  /** From a connection until the upstream's response head; absent without an attempt. */
  readonly upstreamMs: number | undefined
  /** From the response head to the end; absent without a head. */
  readonly bodyMs: number | undefined
}

/** Who ended an exchange before its proper end. */
export type ClosedBy = 'client' | 'upstream' | 'gateway'
