/**
 * node:http, without what an `import` of it brings along: for the names of a module to be imported, Node reads every property
 * of it, and those of `WebSocket`, `MessageEvent` and `CloseEvent` load the client that Node has inside, a fifth of the time that
 * a gateway takes to start. Types may be imported: they are erased.
 */
export const { createServer, ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue } =
  process.getBuiltinModule('node:http')

/**
 * Refuses a head that node:http would refuse, before anything has happened to the response.
 * @param flat the headers, flat.
 * @throws {TypeError} that names the header.
 */
export function checkHeaders(flat: readonly string[]): void {
  for (let i = 0; i < flat.length; i += 2) {
    validateHeaderName(flat[i] as string)
    validateHeaderValue(flat[i] as string, flat[i + 1] as string)
  }
}
