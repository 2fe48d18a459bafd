/** The everyday requests: small, with and without a body, on kept and on single connections. */
import { contentOf } from '../shared/content.ts'
import { type Behaviour, targetOf } from '../shared/plan.ts'
import type { Random } from '../shared/random.ts'
import { expectContent, expectReceipt, tell } from './expect.ts'
import { send } from './http-client.ts'
import { type Kind, must } from './kind.ts'

/** GET with an answer of known length, chunked, or ended by the end of its connection. */
export const get: Kind = {
  name: 'get',
  weight: 20,
  async run(given) {
    const { id, random, targets } = given
    const behaviour = random.pick<Behaviour>(['length', 'length', 'chunked', 'until-close'])
    const bytes = random.int(0, 4_000)
    const target = targetOf({ id, behaviour, bytes, at: random.int(0, 600) })
    const url = `${targets.http('steady')}${target}`
    return expectContent(await send(given, { url, close: random.chance(0.2) }), id, bytes)
  },
}

/** HEAD: the head of a GET and no body, on a connection that goes on. */
export const head: Kind = {
  name: 'head',
  weight: 5,
  async run(given) {
    const { id, random, targets } = given
    const bytes = random.int(0, 4_000)
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'wait', bytes })}`
    const answer = await send(given, { url, method: 'HEAD' })
    must(answer.status === 200 && answer.complete && answer.body.length === 0, tell(answer))
    must(answer.headers['x-case'] === id, `got the answer of another case: ${tell(answer)}`)
    must(answer.headers['content-length'] === String(bytes), 'the length of the answer to HEAD was changed')
    return 'right'
  },
}

/** POST, PUT and DELETE with a body of known length. */
export const post: Kind = {
  name: 'post',
  weight: 12,
  async run(given) {
    const { id, random, targets } = given
    const method = random.pick(['POST', 'POST', 'PUT', 'PATCH', 'DELETE'])
    const body = contentOf(id, random.int(0, 8_000))
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'receipt' })}`
    const headers = { 'content-length': body.length }
    const answer = await send(given, { url, method, headers, body, close: random.chance(0.2) })
    return expectReceipt(answer, id, method, body)
  },
}

/** POST with a chunked body in pieces of every size. */
export const chunked: Kind = {
  name: 'chunked',
  weight: 8,
  async run(given) {
    const { id, random, targets } = given
    const body = contentOf(id, random.size(1, 60_000))
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'receipt' })}`
    const answer = await send(given, { url, method: 'POST', body: inPieces(body, random) })
    return expectReceipt(answer, id, 'POST', body)
  },
}

async function* inPieces(body: Buffer, random: Random): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; ) {
    const size = random.size(1, 20_000)
    yield body.subarray(at, at + size)
    at += size
  }
}
