import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { bytesOf, type Http1Scenario, type Http2Scenario } from '../../scenario.ts'
import { listen, type Running, shut } from '../serve.ts'
import { Upload } from './upload.ts'

/** Gives the scenario's answer to its request, 400 to one with another body, and 404 to any other. */
export async function startHttp1({ request, response }: Http1Scenario | Http2Scenario): Promise<Running> {
  const body = bytesOf(response.body)
  const head = [...Object.entries(response.headers).flat(), 'content-length', String(body.length)]
  const answer = (res: ServerResponse) => {
    res.writeHead(response.status, head)
    res.end(body)
  }
  const expected = request.body === undefined ? undefined : bytesOf(request.body)
  const server = createServer((req, res) => {
    if (req.url !== request.path || req.method !== request.method) {
      res.writeHead(404).end()
      return
    }
    if (expected !== undefined) return answerAfter(req, expected, () => answer(res), res)
    req.resume()
    answer(res)
  })
  return { url: await listen(server), close: () => shut(server) }
}

/** Answers when the body is there, so that the two directions do not overlap. */
function answerAfter(req: IncomingMessage, expected: Buffer, answer: () => void, res: ServerResponse): void {
  const upload = new Upload(expected)
  req.on('data', (chunk: Buffer) => upload.take(chunk))
  req.on('end', () => {
    if (upload.complete) answer()
    else res.writeHead(400).end()
  })
}
