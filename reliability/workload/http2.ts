/** HTTP/2 by prior knowledge: many streams on one session, to upstreams of either version. */
import { type ClientHttp2Session, connect, constants } from 'node:http2'
import { contentOf } from '../shared/content.ts'
import { type Behaviour, targetOf } from '../shared/plan.ts'
import type { Random } from '../shared/random.ts'
import { expectContent, expectCut, expectProblem, expectReceipt } from './expect.ts'
import type { Answer } from './http-client.ts'
import { type Kind, must, type Outcome, type ServiceName } from './kind.ts'

type Act = 'get' | 'post' | 'cut' | 'abort' | 'reset'

const ACTS: readonly Act[] = ['get', 'get', 'post', 'cut', 'abort']

/** A session with several streams at once, some of them broken off by either side. */
export const http2: Kind = http2Kind('http2', 5, 'steady', ACTS)

/** The same with an upstream that speaks HTTP/2 as well. */
export const http2Upstream: Kind = http2Kind('http2-upstream', 4, 'h2', ACTS)

/** An upstream that fails before it answers: an answer on its stream, and the session lives on. */
export const http2Reset: Kind = http2Kind('http2-reset', 2, 'steady', ['reset', 'get'])

function http2Kind(name: string, weight: number, service: ServiceName, acts: readonly Act[]): Kind {
  return {
    name,
    weight,
    async run(given) {
      const base = new URL(given.targets.http(service))
      const session = connect(base.origin)
      const vanish = (): void => session.destroy()
      given.signal.addEventListener('abort', vanish)
      session.on('error', () => {})
      try {
        const prefix = base.pathname.replace(/\/$/, '')
        const streams = Array.from({ length: given.random.int(1, 6) }, (_, i) =>
          act(given.random.pick(acts), given.random, session, prefix, `${given.id}-${i}`),
        )
        const outcomes = await Promise.all(streams)
        return outcomes.includes('rightError') ? 'rightError' : 'right'
      } finally {
        given.signal.removeEventListener('abort', vanish)
        session.destroy()
      }
    },
  }
}

async function act(
  what: Act,
  random: Random,
  session: ClientHttp2Session,
  prefix: string,
  id: string,
): Promise<Outcome> {
  const bytes = random.size(2, 300_000)
  const at = random.int(1, bytes - 1)
  const path = (behaviour: Behaviour): string => `${prefix}${targetOf({ id, behaviour, bytes, at })}`
  switch (what) {
    case 'get':
      return expectContent(await exchange(session, 'GET', path('length')), id, bytes)
    case 'post': {
      const body = contentOf(id, bytes)
      return expectReceipt(await exchange(session, 'POST', path('receipt'), body), id, 'POST', body)
    }
    case 'cut':
      return expectCut(await exchange(session, 'GET', path('reset-in-body')), id, bytes)
    case 'reset':
      return expectProblem(
        await exchange(session, 'GET', path('reset-before-head')),
        502,
        'GW_UPSTREAM_RESET',
      )
    case 'abort': {
      const afterMs = random.int(0, 100)
      const answer = await exchange(session, 'GET', path('stall-before-head'), undefined, afterMs)
      must(answer.status === 0, `nobody could answer this, yet there came ${answer.status}`)
      return 'right'
    }
  }
}

async function exchange(
  session: ClientHttp2Session,
  method: string,
  path: string,
  body?: Uint8Array,
  abortAfterMs?: number,
): Promise<Answer> {
  const stream = session.request({ ':method': method, ':path': path }, { endStream: body === undefined })
  const chunks: Buffer[] = []
  let headers: Record<string, unknown> = {}
  let informational = 0
  let ended = false
  stream.on('headers', () => informational++)
  stream.on('response', (head) => {
    headers = head
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('end', () => {
    ended = true
  })
  stream.on('error', () => {})
  if (body) stream.end(body)
  const timer =
    abortAfterMs === undefined
      ? undefined
      : setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), abortAfterMs)
  await new Promise((resolve) => stream.on('close', resolve))
  clearTimeout(timer)
  return {
    status: Number(headers[':status'] ?? 0),
    headers: headers as Answer['headers'],
    body: Buffer.concat(chunks),
    // A reset stream ends for its reader too: only the code tells.
    complete: ended && stream.rstCode === constants.NGHTTP2_NO_ERROR,
    error: `stream closed with ${stream.rstCode}`,
    informational,
  }
}
