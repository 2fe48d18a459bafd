/** Several requests on one connection before the first answer: answers come in order, each to its own request. */
import { Client } from 'undici'
import { contentOf } from '../shared/content.ts'
import { targetOf } from '../shared/plan.ts'
import { type Kind, must } from './kind.ts'

/** A burst of pipelined GETs with answers of different delay. */
export const pipelining: Kind = {
  name: 'pipelining',
  weight: 3,
  async run({ id, random, targets, signal }) {
    const base = new URL(targets.http('steady'))
    const client = new Client(base.origin, { pipelining: 8 })
    const prefix = base.pathname.replace(/\/$/, '')
    try {
      const asked = Array.from({ length: random.int(2, 8) }, (_, i) => ({
        id: `${id}-${i}`,
        bytes: random.int(0, 20_000),
        waitMs: random.int(0, 60),
      }))
      const answers = asked.map(async (plan) => {
        const path = `${prefix}${targetOf({ ...plan, behaviour: 'wait' })}`
        const { statusCode, headers, body } = await client.request({ path, method: 'GET', signal })
        const bytes = Buffer.from(await body.bytes())
        must(statusCode === 200, `expected 200 and got ${statusCode} for ${plan.id}`)
        must(headers['x-case'] === plan.id, `${plan.id} got the answer of ${String(headers['x-case'])}`)
        must(bytes.equals(contentOf(plan.id, plan.bytes)), `the bytes are not those of ${plan.id}`)
      })
      await Promise.all(answers)
      return 'right'
    } finally {
      await client.destroy()
    }
  },
}
