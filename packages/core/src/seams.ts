/**
 * The two seams of the journey. An ingress turns what its seat receives into an exchange and a sink; an egress sends
 * one attempt and tells a receiver what comes back. Nothing between them knows which wire it runs on.
 */
import type { Duplex, Readable } from 'node:stream'
import type { GatewayError } from './errors.ts'
import type { Endpoint } from './route.ts'

/** Something that waits for a full buffer to drain. */
export interface Flow {
  /** The buffer drained: go on. */
  resume(): void
}

/** Where a response goes. */
export interface Sink {
  /** Whom to wake when a `write` that returned false has drained. */
  flow: Flow | null
  /** Sends an informational response (RFC 9110 section 15.2), or drops it where the client cannot take one. */
  inform(status: number, headers: string[]): void
  /** Sends the head, once. `reason` may be empty. */
  start(status: number, reason: string, headers: string[]): void
  /** Sends a piece of the body; false asks the writer to wait for `flow.resume()`. */
  write(chunk: Uint8Array): boolean
  /** Ends the response. `trailers` is flat. */
  end(trailers: readonly string[]): void
  /** Cuts the response: the client must see that it is not complete. */
  abort(error: GatewayError): void
  /** The client's connection, after `start(101, …)`: bytes from here on. Only where an exchange can ask for an upgrade. */
  takeOver?(): Duplex
}

/** A request body on its way in: nothing, bytes that can be sent again, or a stream that can be read once. */
export type RequestBody = Uint8Array | BodyStream | null

/** A stream that may know trailers once it has ended. */
export type BodyStream = Readable & {
  /** Flat, complete when the stream has ended; absent or empty without any. */
  rawTrailers?: readonly string[]
}

/** A request body that is kept while it is read, for another attempt. */
export interface KeptBody {
  /** Whether another attempt can send it from its beginning. */
  readonly replayable: boolean
  /** The whole body once it was read and kept, else `null`. */
  readonly whole: Uint8Array | null
  /** The body as the next attempt reads it. The attempt before reads no more. */
  next(): BodyStream
  /** No attempt follows: once this one stops reading, what the client still sends is thrown away. */
  last(): void
  /** The exchange is over. */
  destroy(): void
}

/** What an egress is asked to send. */
export interface EgressRequest {
  /** `null` where the egress has one target of its own (the host's handler). */
  readonly endpoint: Endpoint | null
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: string[]
  readonly body: RequestBody
  /** The protocol to switch to (RFC 9110 section 7.8); empty for none. */
  readonly upgrade: string
}

/** How a receiver controls the attempt that it receives from. */
export interface EgressControl extends Flow {
  /** Stop delivering for now. */
  pause(): void
  /** Give up: close what the attempt holds. */
  abort(error: GatewayError): void
}

/** Who gets what an egress receives. The shape of a sink, plus failure. */
export interface Receiver {
  /** A connection took the request. From here `control` works. */
  onConnected(control: EgressControl): void
  /** The last byte of the request body was handed to the connection. */
  onRequestSent(): void
  /** An informational response head; the final one is still to come. */
  onInformation(status: number, headers: string[]): void
  /** The final response head. */
  onHead(status: number, reason: string, headers: string[]): void
  /** The upstream switched to a protocol (101): what follows are bytes, both ways. */
  onUpgrade(protocol: string, headers: string[], connection: Duplex): void
  /** A piece of the response body. */
  onData(chunk: Uint8Array): void
  /** Bytes of a request body that flow past, since they are the host's to read. */
  onClientBytes(count: number): void
  /** Bytes of a response body that flow past, since they are the host's to write. */
  onUpstreamBytes(count: number): void
  /** The response is complete. `trailers` is flat. */
  onEnd(trailers: readonly string[]): void
  /** The attempt failed; nothing follows. */
  onFailure(error: unknown): void
}

/** Sends one attempt. */
export interface Egress {
  /** Never throws: failures go to the receiver. */
  send(request: EgressRequest, receiver: Receiver): void
}
