import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { listening } from '../_support/listening.ts'
import { deadAddress, startRouting, startService } from '../_support/services.ts'

const names = ['deprecation', 'sunset', 'link']
const headersOf = ({ headers }: Response) => names.map((name) => headers.get(name))
const routes = [{ match: { host: 'orders' }, to: 'orders' }]

it('tells callers of an old name, and only them', async () => {
  await using orders = await startService('orders')
  const aliases = [
    { name: 'old', since: '2023-06-30T23:59:59Z', until: '2999-12-31T23:59:59Z' },
    { name: 'older', since: new Date(1_000_000_000_000) },
    { name: 'over', until: '2020-01-01' },
  ]
  await using gateway = startRouting({
    deprecation: { link: 'https://wiki.internal/names' },
    services: { orders: { endpoints: [orders.url], aliases } },
    routes,
  })
  const ask = async (url: string) => headersOf(await gateway.gateway.fetch(url))
  const link = '<https://wiki.internal/names>; rel="deprecation"'
  expect(await ask('http://old/')).toEqual(['@1688169599', 'Tue, 31 Dec 2999 23:59:59 GMT', link])
  expect(await ask('http://older/')).toEqual(['@1000000000', null, link])
  expect(await ask('http://over/')).toEqual(['@1577836800', 'Wed, 01 Jan 2020 00:00:00 GMT', link])
  expect(await ask('http://orders/')).toEqual([null, null, null])
})

it('tells them also when the service cannot be reached, and nothing without the option', async () => {
  const services = { orders: { endpoints: [await deadAddress()], aliases: ['old'] } }
  const before = Math.floor(Date.now() / 1000)
  await using told = startRouting({ deprecation: true, services, routes })
  const response = await told.gateway.fetch('http://old/')
  expect(response.status).toBe(502)
  expect(Number(response.headers.get('deprecation')?.slice(1))).toBeGreaterThanOrEqual(before)
  await using silent = startRouting({ services, routes })
  expect(headersOf(await silent.gateway.fetch('http://old/'))).toEqual([null, null, null])
})

it('leaves what the service says of itself', async () => {
  const server = createServer((_request, response) => {
    response
      .writeHead(200, {
        deprecation: '@1',
        sunset: 'Wed, 01 Jan 2031 00:00:00 GMT',
        link: '</a>; rel="next"',
      })
      .end()
  })
  await using service = await listening(server)
  const aliases = [{ name: 'old', until: '2030-01-01' }]
  await using gateway = startRouting({
    deprecation: { link: 'https://wiki.internal/' },
    services: { orders: { endpoints: [service.url], aliases } },
    routes,
  })
  expect(headersOf(await gateway.gateway.fetch('http://old/'))).toEqual([
    '@1',
    'Wed, 01 Jan 2031 00:00:00 GMT',
    '</a>; rel="next", <https://wiki.internal/>; rel="deprecation"',
  ])
})
