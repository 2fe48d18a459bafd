/** Clients that go away. What must not happen shows elsewhere: in sockets left behind and in the answers of others. */
import { setTimeout as delay } from 'node:timers/promises'
import { contentOf } from '../shared/content.ts'
import { type Behaviour, targetOf } from '../shared/plan.ts'
import { tell } from './expect.ts'
import { send } from './http-client.ts'
import { type Kind, must } from './kind.ts'

/** Gone before an answer began. */
export const abortBeforeHead: Kind = {
  name: 'abort-before-head',
  weight: 4,
  async run(given) {
    const { id, random, targets } = given
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'stall-before-head' })}`
    const afterMs = random.int(0, 200)
    const answer = await send(
      given,
      { url, close: random.chance(0.5) },
      {
        onSent: (request) => setTimeout(() => request.destroy(), afterMs),
      },
    )
    must(answer.status === 0, `nobody could answer this, yet there came ${tell(answer)}`)
    return 'right'
  },
}

/** Gone in the middle of the answer. */
export const abortAfterHead: Kind = {
  name: 'abort-after-head',
  weight: 4,
  async run(given) {
    const { id, random, targets } = given
    const bytes = 3_000_000
    const behaviour = random.pick<Behaviour>(['length', 'chunked', 'until-close'])
    const target = targetOf({ id, behaviour, bytes, at: 30_000 })
    const afterMs = random.int(0, 20)
    const answer = await send(
      given,
      { url: `${targets.http('steady')}${target}` },
      {
        onHead: (response) => setTimeout(() => response.destroy(), afterMs),
      },
    )
    must(answer.status === 200, `expected 200: ${tell(answer)}`)
    const begun = contentOf(id, bytes).subarray(0, answer.body.length)
    must(begun.equals(answer.body), `got the bytes of another case: ${tell(answer)}`)
    return 'right'
  },
}

/** Gone in the middle of its own request. */
export const abortUpload: Kind = {
  name: 'abort-upload',
  weight: 3,
  async run(given) {
    const { id, random, targets } = given
    const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'receipt' })}`
    const part = contentOf(id, random.size(1, 200_000))
    const headers = random.chance(0.5) ? { 'content-length': part.length + 1 } : {}
    const answer = await send(given, { url, method: 'POST', headers, body: brokenOff(part) })
    must(answer.status === 0 || answer.status === 400, `half a request was answered with ${tell(answer)}`)
    return 'right'
  },
}

async function* brokenOff(part: Buffer): AsyncGenerator<Buffer> {
  yield part
  await delay(10)
  throw new Error('the client went away')
}
