import { connect, type Socket } from 'node:net'
import { createGateway, definePlugin, type Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { createLogRecorder, createUpstream, until } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { send, startGateway } from '../_support/harness.ts'

/** A guard that knows everybody. */
const identify = definePlugin({
  name: 'identify',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  provides: [principal],
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) =>
      hooks.preForward.tap((exchange: Exchange) => {
        const who = { id: 'shop', kind: 'service', scheme: 'jwt', scopes: [], claims: {}, via: [] } as const
        exchange.set(principal, who)
        exchange.caller = who.id
      }),
    )
  },
})

const retryOnce = definePlugin({
  name: 'retry-once',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.pickRetry.tap((exchange) => (exchange.attempt?.number === 1 ? 0 : undefined))
    })
  },
})

it('tells the principal, its kind and its scheme', async () => {
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace(), identify()], { upstream: upstream.url })
  await send(gateway.url)
  expect(await gateway.access(1)).toMatchObject([{ caller: 'shop', callerKind: 'service', auth: 'jwt' }])
})

it('tells media types without parameters, and no text that is none', async () => {
  await using upstream = await createUpstream({
    kind: 'answer',
    headers: { 'content-type': 'Text/HTML; charset=utf-8' },
  })
  await using gateway = await startGateway([trace()], { upstream: upstream.url })
  await send(gateway.url, ['content-type', 'application/json;token=s3cret'], 'POST', '{}')
  await send(gateway.url, ['content-type', 's3cret'], 'POST', '{}')
  expect(await gateway.access(2)).toMatchObject([
    { requestType: 'application/json', responseType: 'text/html' },
    { requestType: 'other', responseType: 'text/html' },
  ])
})

it('tells each attempt with its span, endpoint, outcome and time', async () => {
  await using gateway = await startGateway([trace(), retryOnce()], { upstream: 'http://127.0.0.1:1' })
  await send(gateway.url)
  const [line] = await gateway.access(1)
  expect(line?.['attemptLog']).toMatch(
    /^1 http:\/\/127\.0\.0\.1:1 GW_UPSTREAM_CONNECT_REFUSED [\d.]+;2 http:\/\/127\.0\.0\.1:1 GW_UPSTREAM_CONNECT_REFUSED [\d.]+$/,
  )
  expect(line?.['attemptSpanIds']).toMatch(/^[0-9a-f]{16},[0-9a-f]{16}$/)
})

it('splits the time into gateway, queue, upstream and body', async () => {
  await using upstream = await createUpstream({ kind: 'trickle', chunks: 2, bytes: 10, everyMs: 60 })
  await using gateway = await startGateway([trace()], {
    upstream: upstream.url,
    limits: { concurrencyPerEndpoint: 1, queuedPerEndpoint: 5 },
    timeouts: { queueMs: 10_000 },
  })
  await Promise.all([send(gateway.url), send(gateway.url)])
  const lines = await gateway.access(2)
  const [first, second] = lines.map((line) => line as Record<string, number>)
  // The second waited for the first's place.
  expect(second?.['queueMs']).toBeGreaterThan(40)
  for (const line of [first, second]) {
    const { gatewayMs = 0, queueMs = 0, upstreamMs = 0, bodyMs = 0, durationMs = 0 } = line ?? {}
    expect(bodyMs).toBeGreaterThan(30)
    expect(gatewayMs + queueMs + upstreamMs + bodyMs).toBeCloseTo(durationMs, 1)
  }
})

it('tells who closed: the client', async () => {
  await using upstream = await createUpstream({ kind: 'silent' })
  await using gateway = await startGateway([trace()], { upstream: upstream.url })
  const socket = await open(gateway.url)
  socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await until(() => upstream.requests.length > 0, 'the request to arrive')
  socket.destroy()
  expect(await gateway.access(1)).toMatchObject([{ closedBy: 'client', aborted: true }])
})

it('tells who closed: the upstream, in mid-body', async () => {
  await using upstream = await createUpstream({ kind: 'reset-in-body', length: 100, bytes: 10 })
  await using gateway = await startGateway([trace()], { upstream: upstream.url })
  await send(gateway.url).catch(() => undefined)
  expect(await gateway.access(1)).toMatchObject([{ closedBy: 'upstream', error: 'GW_UPSTREAM_BODY_CUT' }])
})

it('tells who closed: the gateway, when it was over time', async () => {
  await using upstream = await createUpstream({ kind: 'stall-in-body', bytes: 10 })
  await using gateway = await startGateway([trace()], { upstream: upstream.url, timeouts: { idleMs: 100 } })
  await send(gateway.url).catch(() => undefined)
  expect(await gateway.access(1)).toMatchObject([{ closedBy: 'gateway' }])
})

it('says nothing of closing when the answer was the proper end, be it an error', async () => {
  await using gateway = await startGateway([trace()], { upstream: 'http://127.0.0.1:1' })
  await send(gateway.url)
  const [line] = await gateway.access(1)
  expect(line).toMatchObject({ status: 502 })
  expect(line?.['closedBy']).toBeUndefined()
})

it('names headers of the allow-lists, in their order', async () => {
  await using upstream = await createUpstream({
    kind: 'answer',
    headers: { 'set-cookie': 's3cret', etag: '"1"' },
  })
  const accessLog = {
    requestHeaders: ['Authorization', 'x-api-key', 'cookie'],
    responseHeaders: ['etag', 'age'],
  }
  await using gateway = await startGateway([trace({ accessLog })], { upstream: upstream.url })
  await send(gateway.url, ['Cookie', 's3cret', 'AUTHORIZATION', 'Bearer s3cret', 'x-other', '1'])
  const [line] = await gateway.access(1)
  expect(line).toMatchObject({ requestHeaders: 'authorization,cookie', responseHeaders: 'etag' })
  expect(JSON.stringify(line)).not.toContain('s3cret')
})

it('can do without the path', async () => {
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace({ accessLog: { path: false } })], {
    upstream: upstream.url,
  })
  await send(`${gateway.url}/reset/s3cret`)
  const [line] = await gateway.access(1)
  expect(line?.['path']).toBeUndefined()
  expect(JSON.stringify(gateway.lines)).not.toContain('s3cret')
})

it('counts generations', async () => {
  const { logger, lines } = createLogRecorder()
  await using upstream = await createUpstream()
  const gateway = createGateway([trace()], { logger, upstream: upstream.url })
  await gateway.fetch('http://orders/')
  await gateway.reload([trace()], { logger, upstream: upstream.url })
  await gateway.fetch('http://orders/')
  await until(() => lines.length >= 2, 'two lines')
  expect(lines.map(({ fields }) => fields['generation'])).toEqual([1, 2])
  await gateway.close()
})

it('leaves out traces by their id, but no error and nothing slow', async () => {
  await using upstream = await createUpstream({ kind: 'answer' })
  const accessLog = { sampleRatio: 0.5 }
  await using gateway = await startGateway([trace({ accessLog })], { upstream: upstream.url })
  const [kept, left] = [`00-${'1'.repeat(18)}${'f'.repeat(14)}`, `00-${'1'.repeat(18)}${'0'.repeat(13)}1`]
  for (const id of [left, kept, left]) await send(gateway.url, ['traceparent', `${id}-00f067aa0ba902b7-01`])
  upstream.behave({ kind: 'answer', status: 500 })
  await send(gateway.url, ['traceparent', `${left}-00f067aa0ba902b7-01`])
  const lines = await gateway.access(2)
  expect(lines.map(({ status, traceId }) => [status, `00-${String(traceId)}`])).toEqual([
    [200, kept],
    [500, left],
  ])
})

it('says when a trace is not sampled', async () => {
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace({ sampleRatio: 0 })], { upstream: upstream.url })
  await send(gateway.url)
  expect(await gateway.access(1)).toMatchObject([{ sampled: false }])
})

async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  return socket
}
