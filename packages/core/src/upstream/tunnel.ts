/** Two connections joined after a switch of protocols (RFC 9110 section 7.8): bytes, both ways, nothing read of them. */
import type { Duplex } from 'node:stream'
import { cutConnection, takeReceived } from '../connections.ts'

/** Who is told what a tunnel does. */
export interface TunnelWatcher {
  onClientBytes(count: number): void
  onUpstreamBytes(count: number): void
  /** Both directions are over. `side` broke it; `null` when both ended as they should. */
  onTunnelEnd(side: 'client' | 'upstream' | null, cause: unknown): void
}

const NEVER = Number.POSITIVE_INFINITY

/** A running tunnel. Half-closes, resets and backpressure pass through. */
export class Tunnel {
  readonly #client: Duplex
  readonly #upstream: Duplex
  readonly #watcher: TunnelWatcher
  #open = 2
  #over = false
  #ending = false
  /** When it is to end; never while it may stay. */
  #leaveMs = NEVER
  /** When it ends at the latest, whatever is under way. */
  #leaveByMs = NEVER

  constructor(client: Duplex, upstream: Duplex, watcher: TunnelWatcher) {
    this.#client = client
    this.#upstream = upstream
    this.#watcher = watcher
    // One side may have said all it has to say while the other still speaks.
    client.allowHalfOpen = true
    upstream.allowHalfOpen = true
    client.on('data', (chunk: Buffer) => watcher.onClientBytes(chunk.length))
    upstream.on('data', (chunk: Buffer) => watcher.onUpstreamBytes(chunk.length))
    client.on('error', (error) => this.#break('client', error))
    upstream.on('error', (error) => this.#break('upstream', error))
    client.on('close', () => this.#closed('client'))
    upstream.on('close', () => this.#closed('upstream'))
    client.pipe(upstream)
    upstream.pipe(client)
  }

  /** Lets it end at a moment, or in the first pause of at most `pauseMs` after it. What was said first stands. */
  leave(atMs: number, pauseMs: number): void {
    if (this.#leaveMs !== NEVER) return
    this.#leaveMs = atMs
    this.#leaveByMs = atMs + pauseMs
  }

  /** Ends it when its time has come. `quiet` when nothing moved since the last look. */
  check(nowMs: number, quiet: boolean): void {
    if (this.#ending) return
    if (nowMs >= this.#leaveByMs || (quiet && nowMs >= this.#leaveMs)) this.#end()
  }

  /**
   * Tells the upstream that the client has nothing more to say. An upstream then says what it still has to say, and ends;
   * that end goes on to the client. Ended on both sides at once, messages on their way to the client would be cut.
   */
  #end(): void {
    this.#ending = true
    this.#client.unpipe(this.#upstream)
    const received = takeReceived(this.#client)
    if (received.length > 0) this.#upstream.write(received)
    this.#upstream.end()
    // Whoever still sends speaks to nobody; read, so that its end is seen.
    this.#client.resume()
  }

  /** Cuts both sides. */
  destroy(): void {
    this.#over = true
    this.#client.destroy()
    this.#upstream.destroy()
  }

  #closed(side: 'client' | 'upstream'): void {
    const { readableEnded, writableFinished } = side === 'client' ? this.#client : this.#upstream
    if (!readableEnded || !writableFinished) this.#break(side, undefined)
    else if (--this.#open === 0 && !this.#over) {
      this.#over = true
      this.#watcher.onTunnelEnd(null, undefined)
    }
  }

  /** The other side must not take it for an end. */
  #break(side: 'client' | 'upstream', cause: unknown): void {
    if (this.#over) return
    this.#over = true
    cutConnection(this.#client)
    cutConnection(this.#upstream)
    this.#watcher.onTunnelEnd(side, cause)
  }
}
