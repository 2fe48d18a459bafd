/** Two connections joined after a switch of protocols (RFC 9110 section 7.8): bytes, both ways, nothing read of them. */
import type { Duplex } from 'node:stream'

/** Who is told what a tunnel does. */
export interface TunnelWatcher {
  onClientBytes(count: number): void
  onUpstreamBytes(count: number): void
  /** Both directions are over. `side` broke it; `null` when both ended as they should. */
  onTunnelEnd(side: 'client' | 'upstream' | null, cause: unknown): void
}

/** A running tunnel. Half-closes and backpressure pass through. */
export class Tunnel {
  readonly #client: Duplex
  readonly #upstream: Duplex
  readonly #watcher: TunnelWatcher
  #open = 2
  #over = false

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

  /** Says goodbye to both sides: what was received is still delivered. */
  end(): void {
    this.#client.unpipe(this.#upstream)
    this.#upstream.unpipe(this.#client)
    this.#client.end()
    this.#upstream.end()
    // Whoever still sends speaks to nobody; read, so that its end is seen.
    this.#client.resume()
    this.#upstream.resume()
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

  #break(side: 'client' | 'upstream', cause: unknown): void {
    if (this.#over) return
    this.destroy()
    this.#watcher.onTunnelEnd(side, cause)
  }
}
