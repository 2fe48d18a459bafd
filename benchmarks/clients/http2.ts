import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
} from 'node:http2'
import { bytesOf, type Http2Scenario } from '../scenario.ts'
import { requestHeaders } from '../scenarios.ts'
import type { Answer } from './answer.ts'
import { type Clients, lanesOn, type Size } from './lanes.ts'

/**
 * Cleartext HTTP/2 connections, without an upgrade.
 * @throws Error when one is refused
 */
export async function openHttp2(
  url: string,
  scenario: Http2Scenario,
  token: string,
  { connections, streams }: Size,
): Promise<Clients> {
  const { method, path, body } = scenario.request
  const headers = { ':method': method, ':path': path, ...requestHeaders(scenario, token) }
  const bytes = body === undefined ? undefined : bytesOf(body)
  const sessions = await Promise.all(Array.from({ length: connections }, () => openSession(url)))
  const ask = (session: ClientHttp2Session) => {
    const stream = session.request(headers, { endStream: bytes === undefined })
    if (bytes !== undefined) stream.end(bytes)
    return answerOn(stream)
  }
  return {
    lanes: lanesOn(sessions, streams, ask),
    close: () => {
      for (const session of sessions) session.destroy()
    },
  }
}

async function openSession(url: string): Promise<ClientHttp2Session> {
  const session = connect(url)
  await once(session, 'connect')
  // Each open stream tells of a broken connection itself.
  session.on('error', () => {})
  return session
}

/** Listeners, not iteration: the load shares its core with the upstream. */
function answerOn(stream: ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let head: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
    let complete = false
    const chunks: Buffer[] = []
    stream.on('response', (headers) => {
      head = headers
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      complete = true
    })
    stream.on('error', reject)
    stream.on('close', () => {
      if (!complete || stream.rstCode !== 0) reject(new Error(`stream cut with code ${stream.rstCode}`))
      else
        resolve({
          status: head[':status'] ?? 0,
          contentType: head['content-type'],
          contentLength: head['content-length'],
          body: Buffer.concat(chunks),
        })
    })
  })
}
