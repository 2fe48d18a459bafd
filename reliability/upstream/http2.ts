/** The upstream's HTTP/2 side (prior knowledge): plans as in HTTP/1.1, as far as they mean something there. */
import { createHash } from 'node:crypto'
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { contentOf } from '../shared/content.ts'
import { readPlan } from '../shared/plan.ts'

/** Makes the server. `closeIdle` ends its connections, each after its last stream. */
export function createHttp2Upstream(): { readonly server: Http2Server; closeIdle(): void } {
  const server = createServer()
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    void behave(stream, String(headers[':method']), String(headers[':path'])).catch(() => stream.destroy())
  })
  server.on('sessionError', () => {})
  return {
    server,
    closeIdle() {
      for (const session of sessions) session.close()
    },
  }
}

async function behave(stream: ServerHttp2Stream, method: string, target: string): Promise<void> {
  const plan = readPlan(target)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  if (!plan) {
    stream.respond({ ':status': 404 }, { endStream: true })
    return
  }
  const head = { ':status': 200, 'x-case': plan.id }
  const content = contentOf(plan.id, plan.bytes)
  const { behaviour } = plan
  if (behaviour === 'receipt') {
    stream.respond({ ...head, 'content-type': 'application/json' })
    stream.end(JSON.stringify({ id: plan.id, method, bytes, sha256: hash.digest('hex') }))
  } else if (behaviour === 'reset-before-head') {
    stream.destroy(new Error('as asked'))
  } else if (behaviour === 'reset-in-body') {
    stream.respond(head)
    // Not `close(code)`: that ends the stream in order first, and the reset comes too late to matter.
    stream.write(content.subarray(0, plan.at), () => stream.destroy(new Error('as asked')))
  } else if (behaviour !== 'stall-before-head') {
    stream.respond(head)
    Readable.from([content]).pipe(stream)
  }
}
