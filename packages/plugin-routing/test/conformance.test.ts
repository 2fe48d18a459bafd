import { createUpstream, pluginConformance, type TestUpstream } from '@postern/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { routing } from '../src/index.ts'
import { deadAddress } from './_support/services.ts'

const HERE = '/routed'

describe('the plugin beside requests that it does not route', () => {
  const services = { orders: { endpoints: ['http://127.0.0.1:1'] } }
  const make = () => routing({ services, routes: [{ match: { path: HERE }, to: 'orders' }] })
  for (const check of pluginConformance(make)) test(check.name, check.run)
})

describe('the plugin with requests that it routes', () => {
  let upstream: TestUpstream
  let dead: string
  // Every hook of a route is needed: the first endpoint refuses, the second sends back what it gets.
  const make = () =>
    routing({
      services: { orders: { endpoints: [dead, upstream.url] } },
      routes: [{ match: { path: HERE }, to: 'orders', stripPrefix: true }],
    })

  beforeAll(async () => {
    dead = await deadAddress()
    upstream = await createUpstream({
      kind: 'custom',
      handle: (request, response) => void request.pipe(response),
    })
  })
  afterAll(() => upstream.close())

  for (const check of pluginConformance(make, { path: `${HERE}/7` })) {
    // These look at the gateway's own upstream, which is not where the route leads.
    if (!check.name.startsWith('survives ')) test(check.name, check.run)
  }
})
