/** A small third-party plugin, as its author would write it: puts a word into every response. */
export const STAMP = `
import { definePlugin } from '@postern/core'
import * as v from 'valibot'

export const stamp = definePlugin({
  name: 'stamp',
  version: '2.1.0',
  api: '1.0',
  fault: 'transform',
  options: v.strictObject({
    text: v.optional(v.string(), 'plain'),
    jwt: v.optional(v.array(v.strictObject({ issuer: v.string(), audience: v.optional(v.string()) }))),
  }),
  routeOptions: v.strictObject({ loud: v.optional(v.boolean(), false) }),
  setup(gateway, options) {
    gateway.hooks.onRoute.tap(({ hooks, options: route }) =>
      hooks.mapResponse.tap((exchange) => {
        exchange.responseHeaders.push('x-stamp', route?.loud ? options.text.toUpperCase() : options.text)
      }),
    )
  },
})
`

/** A plugin that was built for a hook API that does not exist yet. */
export const FROM_THE_FUTURE = `
import { definePlugin } from '@postern/core'
export const future = definePlugin({ name: 'future', version: '9.0.0', api: '9.0', fault: 'observer', setup() {} })
`

/** A plugin that reads a slot which nothing fills. */
export const NEEDY = `
import { definePlugin, defineSlot } from '@postern/core'
const seat = defineSlot('booked-seat', '1.0')
export const needy = definePlugin({
  name: 'needy', version: '1.0.0', api: '1.0', fault: 'observer', requires: [seat], setup() {},
})
`

/** Says in which process an exchange was, to its client; and ends that process, or refuses to be set up, when its options say so. */
export const WHERE = `
import cluster from 'node:cluster'
import { GatewayError, definePlugin } from '@postern/core'
import * as v from 'valibot'

export const where = definePlugin({
  name: 'where',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  options: v.strictObject({
    text: v.optional(v.string(), ''),
    refusesIn: v.optional(v.number()),
    endsIn: v.optional(v.number()),
  }),
  setup({ hooks }, { text, refusesIn, endsIn }) {
    if (endsIn === 0) process.exit(7)
    if (refusesIn !== undefined && refusesIn === cluster.worker?.id) throw new Error('not in this worker')
    hooks.onRoute.tap(({ hooks }) =>
      hooks.mapResponse.tap((exchange) => {
        exchange.responseHeaders.push('x-pid', String(process.pid), 'x-text', text)
      }),
    )
    return {
      metrics: () => [{ name: 'where.pid', kind: 'gauge', merge: 'max', unit: '1', description: 'A pid', points: [{ attributes: {}, value: 1 }] }],
      views: {
        where: { read: (query) => (query.get('of') === 'nobody' ? undefined : { of: query.getAll('of'), text }) },
        picky: {
          read: (query) => {
            if (query.get('of') === 'bug') throw new Error('a secret')
            throw new GatewayError('GW_REQ_TARGET_INVALID', { message: 'of: expected a name' })
          },
        },
        card: { contentType: 'text/plain; charset=utf-8', read: () => 'a card\\n' },
      },
    }
  },
})
`
