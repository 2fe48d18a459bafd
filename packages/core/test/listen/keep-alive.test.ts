/** One connection, many answers: whatever the answer was, the next request on the connection gets its own. */
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { definePlugin } from '../../src/index.ts'
import { createTestGateway, type UpstreamBehaviour } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

const guard = definePlugin({
  name: 'refuses-denied',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap((exchange) =>
        exchange.path === '/denied' ? { status: 401, body: 'no' } : undefined,
      )
    })
  },
})

const HOST = 'Host: a\r\n'
const bodyless = (method: string, path: string): string => `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`
const withBody = (method: string, path: string, body: string): string =>
  `${method} ${path} HTTP/1.1\r\n${HOST}Content-Length: ${body.length}\r\n\r\n${body}`

const routes: UpstreamBehaviour = {
  kind: 'custom',
  handle(request, response) {
    if (request.url === '/early') response.writeHead(200, { 'content-length': '5' }).end('early')
    else request.on('end', () => answer(request.url ?? '', response))
  },
}

function answer(url: string, response: ServerResponse): void {
  const status = Number(/^\/status\/(\d+)$/.exec(url)?.[1] ?? 200)
  if (url === '/chunked') {
    response.write('a')
    response.end('b')
  } else if (url === '/empty') response.writeHead(200, { 'content-length': '0' }).end()
  else if (url === '/trailers') {
    response.writeHead(200, { trailer: 'x-sum' }).write('sum')
    response.addTrailers({ 'x-sum': '42' })
    response.end()
  } else if (status === 204 || status === 304) {
    response.writeHead(status, status === 304 ? { 'content-length': '7', etag: '"x"' } : {}).end()
  } else response.writeHead(status).end(`for ${url}`)
}

describe('after each kind of answer the connection goes on', () => {
  test.each<[string, string, number, string]>([
    ['a body of known length', bodyless('GET', '/empty'), 200, ''],
    ['chunks', bodyless('GET', '/chunked'), 200, 'ab'],
    ['HEAD of a known length', bodyless('HEAD', '/empty'), 200, ''],
    ['HEAD of chunks', bodyless('HEAD', '/chunked'), 200, ''],
    ['trailers', bodyless('GET', '/trailers'), 200, 'sum'],
    ['204', bodyless('GET', '/status/204'), 204, ''],
    ['204 to a POST', withBody('POST', '/status/204', 'abc'), 204, ''],
    ['304 with a length', bodyless('GET', '/status/304'), 304, ''],
    ['404 of the upstream', bodyless('GET', '/status/404'), 404, 'for /status/404'],
    ['500 of the upstream', bodyless('GET', '/status/500'), 500, 'for /status/500'],
    ['a refusal by a guard', bodyless('GET', '/denied'), 401, 'no'],
    ['a refusal of HEAD', bodyless('HEAD', '/denied'), 401, ''],
    ['a refusal of a small body', withBody('POST', '/denied', 'abc'), 401, 'no'],
    [
      'a refusal of a body that may be thrown away',
      withBody('POST', '/denied', 'x'.repeat(65_536)),
      401,
      'no',
    ],
    ['an upload', withBody('PUT', '/status/201', 'x'.repeat(300_000)), 201, 'for /status/201'],
    ['a refused path', bodyless('GET', '/a/../b'), 400, ''],
    ['OPTIONS *', bodyless('OPTIONS', '*'), 204, ''],
  ])('%s', async (_what, bytes, status, body) => {
    await using gateway = await createTestGateway([guard()], {}, routes)
    using client = await RawClient.open(gateway.port)
    for (let round = 0; round < 3; round++) {
      const response = await client.exchange(bytes)
      expect(response.status).toBe(status)
      if (status !== 400) expect(response.body).toBe(body)
    }
    expect((await client.exchange(bodyless('GET', '/status/200'))).body).toBe('for /status/200')
    await gateway.finished(4)
    // One connection each: nothing on the way closed one without need.
    if (gateway.upstream.requests.length > 1) expect(await gateway.upstream.connections()).toBe(1)
  })

  test('an early answer to a small upload that is still on its way', async () => {
    await using gateway = await createTestGateway([guard()], {}, routes)
    using client = await RawClient.open(gateway.port)
    for (const path of ['/early', '/denied', '/early']) {
      client.send(`POST ${path} HTTP/1.1\r\n${HOST}Content-Length: 60000\r\n\r\n${'x'.repeat(30_000)}`)
      const response = await client.response()
      expect(response.body).toBe(path === '/early' ? 'early' : 'no')
      expect(response.header('connection')).toBe('keep-alive')
      client.send('x'.repeat(30_000))
    }
    expect((await client.exchange(bodyless('GET', '/status/200'))).body).toBe('for /status/200')
  })
})

test('a thousand requests share one client connection and one upstream connection', async () => {
  await using gateway = await createTestGateway([guard()], {}, routes)
  using client = await RawClient.open(gateway.port)
  for (let i = 0; i < 250; i++) {
    expect((await client.exchange(bodyless('GET', `/a/${i}`))).body).toBe(`for /a/${i}`)
    expect((await client.exchange(withBody('POST', `/b/${i}`, 'abc'))).body).toBe(`for /b/${i}`)
    expect((await client.exchange(bodyless('HEAD', `/c/${i}`))).body).toBe('')
    expect((await client.exchange(bodyless('GET', '/denied'))).status).toBe(401)
  }
  expect(await gateway.upstream.connections()).toBe(1)
})
