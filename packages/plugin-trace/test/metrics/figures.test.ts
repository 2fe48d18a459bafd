import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createTestGateway, createUpstream, until } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { byAttribute, refuseAll, routesTo, valuesOf } from '../_support/figures.ts'
import { send, startGateway } from '../_support/harness.ts'
import { tempFolder } from '../_support/lines.ts'
import { expressService, gatewayWith } from '../_support/services.ts'

const SERVER = 'http.server.request.duration'
const CLIENT = 'http.client.request.duration'

it('exchanges and attempts are counted with bounded attributes of the stable conventions', async () => {
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace(), routesTo(upstream.url, ['orders', 'stock'])])
  for (let i = 0; i < 3; i++) await send(`${gateway.url}/0`)
  await send(`${gateway.url}/1`, [], 'PURGE')
  await send(`${gateway.url}/nowhere`)
  await gateway.access(5)
  const figures = gateway.gateway.metrics()
  const common = { 'url.scheme': 'http', 'network.protocol.version': '1.1', 'postern.seat': 'hop' }
  const answered = { ...common, 'http.response.status_code': '200' }
  expect(valuesOf(figures, SERVER)).toEqual([
    {
      attributes: {
        ...answered,
        'http.request.method': 'GET',
        'http.route': 'orders',
        'postern.service': 'orders',
      },
      value: 3,
    },
    {
      attributes: {
        ...answered,
        'http.request.method': '_OTHER',
        'http.route': 'stock',
        'postern.service': 'stock',
      },
      value: 1,
    },
    {
      attributes: {
        ...common,
        'http.request.method': 'GET',
        'http.response.status_code': '404',
      },
      value: 1,
    },
  ])
  expect(valuesOf(figures, CLIENT)).toEqual([
    {
      attributes: {
        'http.request.method': 'GET',
        'http.response.status_code': '200',
        'server.address': '127.0.0.1',
        'server.port': new URL(upstream.url).port,
        'postern.service': 'orders',
      },
      value: 3,
    },
    {
      attributes: {
        'http.request.method': '_OTHER',
        'http.response.status_code': '200',
        'server.address': '127.0.0.1',
        'server.port': new URL(upstream.url).port,
        'postern.service': 'stock',
      },
      value: 1,
    },
  ])
  const duration = figures.find(({ name }) => name === SERVER)
  expect(duration).toMatchObject({ unit: 's', kind: 'histogram' })
  // The sum is in seconds, and the exchanges took some.
  const sums = duration?.kind === 'histogram' ? duration.points.map(({ sum }) => sum) : []
  for (const sum of sums) expect(sum).toBeGreaterThan(0)
  expect(Math.max(...sums)).toBeLessThan(5)
})

it('a head that cannot be read is an exchange, too', async () => {
  await using gateway = await createTestGateway([trace()])
  await text(connect(gateway.port, '127.0.0.1').end('GET /secret HTTP/1.1\r\nsecret\r\n\r\n'))
  await gateway.finished(1)
  expect(valuesOf(gateway.gateway.metrics(), SERVER)).toEqual([
    {
      attributes: {
        'http.request.method': '_OTHER',
        'url.scheme': 'http',
        'http.response.status_code': '400',
        'postern.seat': 'hop',
      },
      value: 1,
    },
  ])
})

it('an attempt that fails has the error code, and the service gets the blame for what it cut', async () => {
  await using gateway = await createTestGateway([trace()])
  gateway.upstream.behave({ kind: 'reset-in-body', length: 100, bytes: 10 })
  await gateway
    .fetch('/cut')
    .then((response) => response.text())
    .catch(() => undefined)
  await gateway.finished(1)
  await gateway.upstream.close()
  await gateway.fetch('/refused')
  await gateway.finished(2)
  const figures = gateway.gateway.metrics()
  const types = byAttribute(figures, CLIENT, 'error.type')
  expect(Object.keys(types)).toHaveLength(2)
  expect(types['GW_UPSTREAM_CONNECT_REFUSED']).toBe(1)
  expect(byAttribute(figures, 'postern.exchanges.closed', 'postern.closed_by')).toEqual({ upstream: 1 })
})

it('bodies and verdicts are counted by route', async () => {
  await using upstream = await createUpstream({ kind: 'answer', body: 'x'.repeat(100) })
  await using gateway = await startGateway([
    trace(),
    routesTo(upstream.url, ['orders']),
    refuseAll({}, { mode: 'shadow' }),
  ])
  await send(`${gateway.url}/0`, [], 'POST', 'hello')
  await send(`${gateway.url}/0`, [], 'POST', 'hello')
  await gateway.access(2)
  const figures = gateway.gateway.metrics()
  const attributes = { 'http.route': 'orders', 'postern.service': 'orders' }
  expect(valuesOf(figures, 'postern.request.body')).toEqual([{ attributes, value: 10 }])
  expect(valuesOf(figures, 'postern.response.body')).toEqual([{ attributes, value: 200 }])
  expect(valuesOf(figures, 'postern.verdicts')).toEqual([
    {
      attributes: {
        'http.route': 'orders',
        'postern.plugin': 'refuse-all',
        'postern.mode': 'shadow',
        'postern.decision': 'deny',
        'postern.reason': 'GW_REQ_METHOD_REFUSED',
      },
      value: 2,
    },
  ])
})

it('the host of the callee seat is no upstream: there is no client duration for it', async () => {
  const { gateway } = gatewayWith([trace()])
  const service = await expressService(gateway, async () => 'ok')
  await (await fetch(service.url)).text()
  await until(() => valuesOf(gateway.metrics(), SERVER).length > 0, 'the exchange')
  expect(byAttribute(gateway.metrics(), SERVER, 'postern.seat')).toEqual({ callee: 1 })
  expect(valuesOf(gateway.metrics(), CLIENT)).toEqual([])
  await service.stop()
  await gateway.close()
})

it('counters go on over a reload, whose limit of series then holds', async () => {
  await using gateway = await createTestGateway([trace()])
  await (await gateway.fetch('/')).text()
  await gateway.reload([trace({ metrics: { maxSeries: 2 } })])
  await (await gateway.fetch('/')).text()
  await (await gateway.fetch('/', { method: 'DELETE' })).text()
  await (await gateway.fetch('/', { method: 'PUT' })).text()
  await gateway.finished(4)
  const figures = gateway.gateway.metrics()
  expect(byAttribute(figures, SERVER, 'http.request.method')).toEqual({ GET: 2, '': 2 })
  expect(byAttribute(figures, SERVER, 'otel.metric.overflow')).toEqual({ '': 2, true: 2 })
})

it('nothing is counted where metrics are off, nor on a route without trace', async () => {
  await using off = await createTestGateway([trace({ metrics: false })])
  await (await off.fetch('/')).text()
  await off.finished(1)
  expect(off.gateway.metrics().filter(({ name }) => name.startsWith('http.'))).toEqual([])
  await using without = await createTestGateway([trace()], { route: { plugins: { trace: 'off' } } })
  await (await without.fetch('/')).text()
  await without.finished(1)
  expect(valuesOf(without.gateway.metrics(), SERVER)).toEqual([])
})

it('lines that the access log loses are counted', async () => {
  await using folder = await tempFolder()
  const destination = folder.file('access.log')
  await using gateway = await createTestGateway([
    trace({ accessLog: { destination, maxBufferBytes: 1_024 } }),
  ])
  const lost = () => valuesOf(gateway.gateway.metrics(), 'postern.access_log.lost')
  expect(lost()).toEqual([{ attributes: { 'log.file.path': destination }, value: 0 }])
  await Promise.all(
    Array.from({ length: 20 }, async () => (await gateway.fetch(`/${'long'.repeat(100)}`)).text()),
  )
  await gateway.finished(20)
  expect(lost()[0]?.value).toBeGreaterThan(0)
})
