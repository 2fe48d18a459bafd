import { createServer, type IncomingMessage } from 'node:http'
import { listening } from '../_support/listening.ts'

/** A request as the upstream got it. */
export interface Received {
  readonly url: string
  readonly headers: IncomingMessage['headers']
  /** Flat, as on the wire. */
  readonly raw: readonly string[]
}

/** Starts an upstream that keeps what it gets and answers with these headers. `{self}` in a value is its own address. */
export async function startEcho(answer: readonly (readonly [string, string])[] = [], status = 200) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    received.push({ url: request.url ?? '', headers: request.headers, raw: request.rawHeaders })
    const headers = answer.flatMap(([name, value]) => [name, value.replaceAll('{self}', authority)])
    request.resume().on('end', () => response.writeHead(status, headers).end('echo'))
  })
  const upstream = await listening(server)
  const { authority } = upstream
  return { ...upstream, received }
}
