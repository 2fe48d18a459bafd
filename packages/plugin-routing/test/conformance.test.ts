import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConformanceContext, pluginConformance } from '@postern/core/testing'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { routing } from '../src/index.ts'
import { addresses, startDnsServer } from './_support/dns-server.ts'
import { deadAddress } from './_support/services.ts'

const HERE = '/routed'

describe('the plugin beside requests that it does not route', () => {
  const health = { active: { path: '/', intervalMs: 1 } }
  const services = { orders: { endpoints: ['http://127.0.0.1:1'], health } }
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
      services: {
        orders: {
          ejectMs: 1,
          health: { passive: { maxEjectMs: 1 } },
          endpoints: [{ url: dead, zone: 'here' }, upstreamUrl],
        },
      },
      routes: [
        { match: { path: HERE }, to: 'orders', stripPrefix: true },
        { match: { pathPattern: `${HERE}/{id}`, headers: { 'x-a': '1' }, query: { b: '2' } }, to: 'orders' },
      ],
    })
  for (const check of pluginConformance(make, { path: `${HERE}/7` })) test(check.name, check.run)
})

describe('the plugin with services that it finds', () => {
  let folder = ''
  let dns: Awaited<ReturnType<typeof startDnsServer>>
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'postern-conformance-'))
    dns = await startDnsServer({ 'stock.test': addresses(0, '127.0.0.1') })
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await dns[Symbol.asyncDispose]()
  })
  const make = ({ upstreamUrl }: ConformanceContext) => {
    const path = join(folder, 'orders.json')
    writeFileSync(path, JSON.stringify([upstreamUrl]))
    const asked = { server: dns.server, minTtlMs: 1, maxTtlMs: 1 }
    return routing({
      services: {
        orders: { discovery: { file: { path, pollMs: 10 } } },
        stock: { discovery: { dns: { name: 'stock.test', port: 1, ...asked } } },
        none: { discovery: { srv: { name: '_http._tcp.none.test', ...asked } } },
      },
      routes: [
        { match: { path: HERE }, to: 'orders' },
        { match: { host: 'stock' }, to: 'stock' },
        { match: { host: 'none' }, to: 'none' },
      ],
    })
  }
  for (const check of pluginConformance(make, { path: `${HERE}/7` })) test(check.name, check.run)
})
