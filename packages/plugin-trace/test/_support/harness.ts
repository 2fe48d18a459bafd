import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { createGateway, type GatewayOptions, type PluginInstance } from '@postern/core'
import { createLogRecorder, until } from '@postern/core/testing'

/** Starts a gateway in the hop seat, with no upstream unless the options name one, and keeps its log. */
export async function startGateway(plugins: readonly PluginInstance[], options: GatewayOptions = {}) {
  const { logger, lines } = createLogRecorder()
  const gateway = createGateway(plugins, { logger, ...options })
  const { url } = await gateway.listen({ port: 0 })
  const accessLines = () => lines.filter(({ message }) => message === 'exchange')
  return {
    url,
    gateway,
    lines,
    accessLines,
    /** The fields of the access log, once it has as many lines as asked for: a line follows the answer. */
    async access(count: number): Promise<Readonly<Record<string, unknown>>[]> {
      await until(() => accessLines().length >= count, `${count} lines in the access log`)
      return accessLines().map(({ fields }) => fields)
    },
    async [Symbol.asyncDispose]() {
      await gateway.close({ graceMs: 100 })
    },
  }
}

/** An answer, with the names of its headers in lower case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Sends a request with exactly these header lines, given flat. */
export function send(
  url: string,
  headers: readonly string[] = [],
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lines = ['host', new URL(url).host, ...headers]
    if (body !== '') lines.push('content-length', String(Buffer.byteLength(body)))
    const outgoing = request(url, { method, headers: lines, agent: false }, (response) => {
      const answer = (answered: string) =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answered })
      text(response).then(answer, reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Sends a request over HTTP/2 with these headers, given flat, and waits until it is answered. */
export async function sendHttp2(url: string, headers: readonly string[] = [], path = '/'): Promise<number> {
  const session = connect(url)
  const named = Object.fromEntries(
    headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1] as string]] : [])),
  )
  const stream = session.request({ ':path': path, ...named })
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
  stream.resume()
  await once(stream, 'end')
  await new Promise<void>((resolve) => session.close(resolve))
  return Number(head[':status'])
}
