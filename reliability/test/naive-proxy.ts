/** A proxy with the faults that a soak is there to find. */
import { createServer, request as open } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it does wrong. */
export type Fault = 'ends-cut-answers' | 'drops-a-byte' | 'mixes-answers' | 'never-answers' | 'answers-500'

/** Starts it on a free port in front of an upstream. */
export async function startNaiveProxy(
  upstreamPort: number,
  fault: Fault,
): Promise<AsyncDisposable & { port: number }> {
  let before: string | undefined
  const server = createServer((request, response) => {
    if (fault === 'never-answers') return
    const path = fault === 'mixes-answers' ? (before ?? request.url ?? '') : (request.url ?? '')
    before = request.url
    const { method, headers } = request
    const outgoing = open({ host: '127.0.0.1', port: upstreamPort, path, method, headers }, (incoming) => {
      const { 'content-length': _length, 'transfer-encoding': _coding, ...kept } = incoming.headers
      response.writeHead(incoming.statusCode ?? 0, kept)
      let first = true
      incoming.on('data', (chunk: Buffer) => {
        response.write(fault === 'drops-a-byte' && first ? chunk.subarray(1) : chunk)
        first = false
      })
      incoming.on('end', () => response.end())
      // What a proxy gets wrong first: an error on one leg becomes a clean end on the other.
      incoming.on('error', () => response.end())
    })
    outgoing.on('error', () => {
      if (response.headersSent) return
      if (fault === 'answers-500') response.writeHead(500).end()
      else response.destroy()
    })
    request.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
