/** Bodies that fit into no buffer on the way, both ways, and clients that take or give them slowly. */
import { setTimeout as delay } from 'node:timers/promises'
import { contentOf } from '../shared/content.ts'
import { type Behaviour, targetOf } from '../shared/plan.ts'
import { expectContent, expectReceipt } from './expect.ts'
import { send } from './http-client.ts'
import type { Kind } from './kind.ts'

const LEAST = 100_000
const MOST = 10_000_000

/** A large response. */
export const download: Kind = {
  name: 'download',
  weight: 3,
  async run(given) {
    const { id, random, targets } = given
    const bytes = random.size(LEAST, MOST)
    const behaviour = random.pick<Behaviour>(['length', 'chunked', 'until-close'])
    const url = `${targets.http('steady')}${targetOf({ id, behaviour, bytes, at: random.int(8_000, 65_535) })}`
    return expectContent(await send(given, { url }), id, bytes)
  },
}

/** A large request. */
export const upload: Kind = {
  name: 'upload',
  weight: 3,
  async run(given) {
    const { id, random, targets } = given
    const body = contentOf(id, random.size(LEAST, MOST))
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'receipt' })}`
    const headers = random.chance(0.5)
      ? { 'content-length': body.length }
      : { 'transfer-encoding': 'chunked' }
    return expectReceipt(await send(given, { url, method: 'PUT', headers, body }), id, 'PUT', body)
  },
}

/** A client that reads in sips, so that everything before it has to wait. */
export const slowReader: Kind = {
  name: 'slow-reader',
  weight: 2,
  async run(given) {
    const { id, random, targets } = given
    const bytes = random.size(LEAST, 2_000_000)
    const pauseMs = random.int(1, 20)
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'length', bytes })}`
    const answer = await send(
      given,
      { url },
      {
        onHead: (response) =>
          response.on('data', () => {
            response.pause()
            setTimeout(() => response.resume(), pauseMs)
          }),
      },
    )
    return expectContent(answer, id, bytes)
  },
}

/** A client that sends a few bytes at a time. */
export const slowWriter: Kind = {
  name: 'slow-writer',
  weight: 2,
  async run(given) {
    const { id, random, targets } = given
    const body = contentOf(id, random.int(10, 5_000))
    const pieces = random.int(2, 20)
    const pauseMs = random.int(1, 60)
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'receipt' })}`
    const headers = random.chance(0.5) ? { 'content-length': body.length } : {}
    const answer = await send(given, { url, method: 'POST', headers, body: slowly(body, pieces, pauseMs) })
    return expectReceipt(answer, id, 'POST', body)
  },
}

async function* slowly(body: Buffer, pieces: number, pauseMs: number): AsyncGenerator<Buffer> {
  const size = Math.ceil(body.length / pieces)
  for (let at = 0; at < body.length; at += size) {
    yield body.subarray(at, at + size)
    await delay(pauseMs)
  }
}
