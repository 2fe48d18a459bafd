import { bytesOf, type Http2Scenario } from '../../scenario.ts'
import { listenOn, type Running } from '../serve.ts'
import { streamServer } from '../stream-server.ts'

/** Gives the scenario's answer to its request, and 404 to any other. */
export async function startHttp2({ request, response }: Http2Scenario): Promise<Running> {
  const body = bytesOf(response.body)
  const head = { ':status': response.status, ...response.headers, 'content-length': String(body.length) }
  const server = streamServer((stream, headers) => {
    stream.on('error', () => {})
    if (headers[':path'] !== request.path || headers[':method'] !== request.method) {
      stream.respond({ ':status': 404 }, { endStream: true })
      return
    }
    stream.resume()
    stream.respond(head)
    stream.end(body)
  })
  return { url: await listenOn(server), close: () => server.close() }
}
