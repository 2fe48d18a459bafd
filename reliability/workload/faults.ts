/** Upstreams that misbehave, and what the client must be told. */
import { contentOf } from '../shared/content.ts'
import { type Behaviour, type Plan, targetOf } from '../shared/plan.ts'
import type { Random } from '../shared/random.ts'
import { expectContent, expectCut, expectProblem, tell } from './expect.ts'
import { type Answer, send } from './http-client.ts'
import { type Kind, must, type Outcome, type ServiceName } from './kind.ts'

type Draw = (id: string, random: Random) => Plan
type Expect = (answer: Answer, plan: Required<Plan>) => Outcome

/** A kind that sends GETs to one misbehaving upstream. */
function faulty(
  name: string,
  weight: number,
  draw: Draw,
  expect: Expect,
  service: ServiceName = 'steady',
): Kind {
  return {
    name,
    weight,
    async run(given) {
      const plan = { bytes: 0, at: 0, waitMs: 0, count: 0, ...draw(given.id, given.random) }
      const url = `${given.targets.http(service)}${targetOf(plan)}`
      return expect(await send(given, { url }), plan)
    },
  }
}

const simply =
  (behaviour: Behaviour): Draw =>
  (id) => ({ id, behaviour })

/** A head and nothing more: it must reach the client while its body has not begun. */
const afterHead: Draw = (id, random) => ({ id, behaviour: 'stall-in-body', bytes: random.int(1, 1_000) })

/** A body that breaks off somewhere, early in it or late. */
const inBody =
  (behaviour: Behaviour): Draw =>
  (id, random) => {
    const bytes = random.size(2, 300_000)
    return { id, behaviour, bytes, at: random.int(1, bytes - 1) }
  }

const whole: Expect = (answer, { id, bytes }) => expectContent(answer, id, bytes)
const cut: Expect = (answer, { id, bytes }) => expectCut(answer, id, bytes)
const problem =
  (status: number, ...codes: readonly string[]): Expect =>
  (answer) =>
    expectProblem(answer, status, ...codes)

/** An answer that is invalid after its head: cut, or refused when head and fault came together. */
const cutOrRefused: Expect = (answer, plan) =>
  answer.status === 502 ? expectProblem(answer, 502, 'GW_UPSTREAM_BAD_RESPONSE') : cut(answer, plan)

/** Every fault is a kind of its own. */
export const faults: readonly Kind[] = [
  faulty('trickle', 2, (id, random) => trickle(id, random), whole),
  faulty('informational', 3, (id, random) => storm(id, random), whole),
  faulty('slow-accept', 2, (id) => ({ id, behaviour: 'length', bytes: 500 }), whole, 'slow'),
  faulty('refused', 3, simply('length'), problem(502, 'GW_UPSTREAM_CONNECT_REFUSED'), 'refused'),
  faulty('reset-before-head', 3, simply('reset-before-head'), problem(502, 'GW_UPSTREAM_RESET')),
  faulty('reset-in-body', 3, inBody('reset-in-body'), cut),
  faulty('stall-before-head', 1, simply('stall-before-head'), problem(504, 'GW_UPSTREAM_HEADERS_TIMEOUT')),
  faulty('stall-in-body', 1, inBody('stall-in-body'), cut),
  faulty('stall-after-head', 1, afterHead, cut),
  faulty('too-short', 3, inBody('too-short'), cut),
  faulty('too-long', 3, inBody('too-long'), announced),
  faulty('bad-chunk', 3, inBody('bad-chunk'), cutOrRefused),
  faulty('cut-chunk', 3, inBody('cut-chunk'), cut),
  faulty('garbage', 2, simply('garbage'), problem(502, 'GW_UPSTREAM_BAD_RESPONSE')),
  faulty('huge-headers', 2, huge, problem(502, 'GW_UPSTREAM_HEADERS_TOO_LARGE')),
  {
    name: 'early-reply',
    weight: 3,
    async run(given) {
      const { id, random, targets } = given
      const bytes = random.int(0, 500)
      const body = contentOf(id, random.size(1_000, 3_000_000))
      const url = `${targets.http('steady')}${targetOf({ id, behaviour: 'early-reply', bytes })}`
      const headers = random.chance(0.5)
        ? { 'content-length': body.length }
        : { 'transfer-encoding': 'chunked' }
      const answer = await send(given, { url, method: 'POST', headers, body })
      expectContent(answer, id, bytes, 413)
      return 'rightError'
    },
  },
  {
    name: 'restart',
    weight: 5,
    async run(given) {
      const { id, random, targets } = given
      const bytes = random.size(1, 200_000)
      const url = `${targets.http('flaky')}${targetOf({ id, behaviour: 'length', bytes })}`
      const answer = await send(given, { url })
      if (answer.status === 200)
        return answer.complete ? expectContent(answer, id, bytes) : expectCut(answer, id, bytes)
      return expectProblem(answer, 502, 'GW_UPSTREAM_CONNECT_REFUSED', 'GW_UPSTREAM_RESET')
    },
  },
]

function trickle(id: string, random: Random): Plan {
  const count = random.int(2, 12)
  return { id, behaviour: 'trickle', bytes: random.int(count, 5_000), count, waitMs: random.int(1, 100) }
}

function storm(id: string, random: Random): Plan {
  return { id, behaviour: 'informational', bytes: 300, count: random.size(1, 500) }
}

function huge(id: string, random: Random): Plan {
  return { id, behaviour: 'huge-headers', bytes: random.size(100_000, 1_000_000) }
}

/** What was announced is the answer; what came beyond it is nobody's. */
function announced(answer: Answer, { id, bytes, at }: Required<Plan>): Outcome {
  const wanted = contentOf(id, bytes).subarray(0, at)
  must(answer.status === 200 && answer.complete && answer.headers['x-case'] === id, tell(answer))
  must(answer.body.equals(wanted), `expected the ${at} announced bytes: ${tell(answer)}`)
  return 'right'
}
