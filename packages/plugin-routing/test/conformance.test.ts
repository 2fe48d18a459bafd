import { type ConformanceContext, pluginConformance } from '@postern/core/testing'
import { beforeAll, describe, test } from 'vitest'
import { routing } from '../src/index.ts'
import { deadAddress } from './_support/services.ts'

const HERE = '/routed'

describe('the plugin beside requests that it does not route', () => {
  const services = { orders: { endpoints: ['http://127.0.0.1:1'] } }
  const make = () => routing({ services, routes: [{ match: { path: HERE }, to: 'orders' }] })
  for (const check of pluginConformance(make)) test(check.name, check.run)
})

describe('the plugin with requests that it routes', () => {
  let dead = ''
  beforeAll(async () => {
    dead = await deadAddress()
  })
  // Every hook of a route is needed: the endpoint of the own zone is asked first and refuses, each time and not only once
  // in a while; the other is the one that the checks look at.
  const make = ({ upstreamUrl }: ConformanceContext) =>
    routing({
      zone: 'here',
      services: { orders: { ejectMs: 1, endpoints: [{ url: dead, zone: 'here' }, upstreamUrl] } },
      routes: [
        { match: { path: HERE }, to: 'orders', stripPrefix: true },
        { match: { pathPattern: `${HERE}/{id}`, headers: { 'x-a': '1' }, query: { b: '2' } }, to: 'orders' },
      ],
    })
  for (const check of pluginConformance(make, { path: `${HERE}/7` })) test(check.name, check.run)
})
