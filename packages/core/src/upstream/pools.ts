import { buildConnector, Pool } from '../undici.ts'
import { type ConnectTarget, type TlsSettings, targetKey, tlsSettings } from './connect.ts'
import { Http2Sessions } from './http2-sessions.ts'

/** The connections to one target: one undici pool, and HTTP/2 sessions. Either is made when it is first used. */
export class Connections {
  users = 0
  /** What the registry knows it by. */
  readonly key: string
  readonly #target: ConnectTarget
  readonly #connectMs: number
  readonly #tls: TlsSettings | null
  #pool: Pool | null = null
  #sessions: Http2Sessions | null = null

  constructor(key: string, target: ConnectTarget, connectMs: number) {
    this.key = key
    this.#target = target
    this.#connectMs = connectMs
    this.#tls = target.origin.startsWith('https:') ? tlsSettings(target) : null
  }

  /** HTTP/1.1. */
  get pool(): Pool {
    this.#pool ??= openPool(this.#target, this.#tls, this.#connectMs)
    return this.#pool
  }

  /** HTTP/2. */
  get sessions(): Http2Sessions {
    this.#sessions ??= new Http2Sessions(this.#target, this.#tls, { connectMs: this.#connectMs })
    return this.#sessions
  }

  /** How many are open, and how many of them carry nothing. */
  get use(): { readonly connected: number; readonly idle: number } {
    const { connected, free } = this.#pool?.stats ?? { connected: 0, free: 0 }
    const { size, idle } = this.#sessions ?? { size: 0, idle: 0 }
    return { connected: connected + size, idle: free + idle }
  }

  /** Lets what runs finish. */
  async close(): Promise<void> {
    await Promise.all([this.#pool?.close(), this.#sessions?.close()])
  }

  /** Cuts. */
  async destroy(): Promise<void> {
    this.#sessions?.destroy()
    await this.#pool?.destroy()
  }
}

/** Connections to upstreams by target, shared by all generations so that a reload drops none. */
export class PoolRegistry {
  readonly #byKey = new Map<string, Connections>()
  readonly #closing = new Map<Connections, Promise<void>>()

  /** Targets with connections, those included that close once their last request is over. */
  get size(): number {
    return this.#byKey.size + this.#closing.size
  }

  /** The connections to a target, made when there are none. Every call needs one `release`. */
  acquire(target: ConnectTarget, connectMs: number): Connections {
    const key = `${connectMs} ${targetKey(target)}`
    let entry = this.#byKey.get(key)
    if (!entry) {
      entry = new Connections(key, target, connectMs)
      this.#byKey.set(key, entry)
    }
    entry.users++
    return entry
  }

  /** Gives connections back; the last user's release closes them once their requests are over. */
  release(connections: Connections): void {
    if (--connections.users > 0) return
    this.#byKey.delete(connections.key)
    const closing = connections.close().finally(() => this.#closing.delete(connections))
    this.#closing.set(connections, closing)
  }

  /** Cuts every connection. */
  async destroy(): Promise<void> {
    const all = [...this.#byKey.values(), ...this.#closing.keys()]
    this.#byKey.clear()
    await Promise.all(all.map((connections) => connections.destroy()))
    await Promise.all(this.#closing.values())
  }
}

function openPool(
  { origin, socketPath, address }: ConnectTarget,
  tls: TlsSettings | null,
  connectMs: number,
): Pool {
  const connect = buildConnector({
    // An attempt that gave up at its own `connectMs` leaves the socket to this bound.
    timeout: connectMs,
    // With `true` a TLS origin opens one connection as a probe and queues the rest until it settles.
    allowH2: false,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...tls,
  })
  return new Pool(origin, {
    // The gateway bounds concurrency per endpoint itself and times every phase: a queue or timer below would be a
    // second number for one purpose.
    connections: null,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
    // undici asks for, and verifies, the name in a request's `host`: a plugin that sets that header, to the client's
    // perhaps, would say whose certificate is believed.
    connect: (options, callback) =>
      connect({ ...options, hostname: address ?? options.hostname, servername: '' }, callback),
  })
}
