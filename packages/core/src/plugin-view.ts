/** What a plugin shows of itself to operators. **Nothing that is secret.** */
export interface PluginView {
  /** Media type of what `read` gives, which is a text then. Default: none, it gives data, which is sent as JSON. */
  readonly contentType?: string
  /**
   * Reads it now. `query` is what the asker wants to see of it; a view ignores keys that it does not know.
   * @throws {GatewayError} on a query that it cannot read; over HTTP its status.
   * @returns `undefined` when there is nothing of what was asked for: 404 over HTTP.
   */
  read(query: URLSearchParams): unknown
}
