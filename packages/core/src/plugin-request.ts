/** What a plugin asks an endpoint on its own account, and what it gets. */

/** A request of a plugin's own: a health check, a mirrored copy. */
export interface PluginRequest {
  /** Upper case. */
  readonly method: string
  /** Path and query, starting with `/`; the endpoint's base path is put before it. */
  readonly path: string
  /** Flat, `[name, value, …]`, sent as they are, so none that concerns a connection only. Default: none. */
  readonly headers?: readonly string[] | undefined
  /** Default: none. */
  readonly body?: Uint8Array | undefined
  /** When it is given up, in milliseconds from the call: connection, answer and body together. */
  readonly timeoutMs: number
  /** How much of the response body is kept, in bytes. What is above is thrown away. Default: 0. */
  readonly maxBodyBytes?: number | undefined
}

/** The answer to a request of a plugin's own, whatever its status. */
export interface PluginResponse {
  /** Status code. */
  readonly status: number
  /** Flat, `[name, value, …]`, without what concerned the connection only. */
  readonly headers: readonly string[]
  /** The body, up to `maxBodyBytes`. */
  readonly body: Uint8Array
  /** Whether the body was longer. */
  readonly truncated: boolean
}
