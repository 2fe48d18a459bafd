/** Answers that live long: server-sent events and long polls. */
import { targetOf } from '../shared/plan.ts'
import { expectContent, tell } from './expect.ts'
import { send } from './http-client.ts'
import { type Kind, must } from './kind.ts'

/** Server-sent events: each at once, in order, none twice. */
export const serverSentEvents: Kind = {
  name: 'sse',
  weight: 2,
  async run(given) {
    const { id, random, targets } = given
    const count = random.int(1, 20)
    const target = targetOf({ id, behaviour: 'events', count, waitMs: random.int(5, 100) })
    const headers = { accept: 'text/event-stream' }
    const answer = await send(given, { url: `${targets.http('steady')}${target}`, headers })
    const wanted = Array.from({ length: count }, (_, i) => `id: ${i}\ndata: ${id} ${i}\n\n`).join('')
    must(answer.status === 200 && answer.complete, `expected ${count} events: ${tell(answer)}`)
    must(answer.headers['content-type'] === 'text/event-stream', 'the type of the answer was changed')
    must(answer.body.toString() === wanted, `expected ${count} events: ${tell(answer)}`)
    return 'right'
  },
}

/** An answer that comes when there is something to say. */
export const longPoll: Kind = {
  name: 'long-poll',
  weight: 3,
  async run(given) {
    const { id, random, targets } = given
    const target = targetOf({ id, behaviour: 'wait', bytes: 200, waitMs: random.int(100, 1_500) })
    return expectContent(await send(given, { url: `${targets.http('steady')}${target}` }), id, 200)
  },
}
