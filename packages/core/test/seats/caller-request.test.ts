/** The dispatcher under `request` of undici: every form of headers and bodies. */
import { Readable } from 'node:stream'
import { type Dispatcher, request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isGatewayError } from '../../src/index.ts'
import { createTestGateway, createUpstream, type TestGateway, until } from '../../src/testing.ts'
import { signsCalls } from './signs-calls.ts'

let gateway: TestGateway
let dispatcher: Dispatcher
beforeAll(async () => {
  gateway = await createTestGateway([signsCalls()], { upstream: undefined })
  dispatcher = gateway.gateway.dispatcher()
})
afterAll(() => gateway.close())

describe('request of undici', () => {
  test('gets status, headers and body', async () => {
    const { statusCode, headers, body } = await request(`${gateway.upstream.url}/x`, {
      dispatcher,
      query: { a: 'b c' },
    })
    expect([statusCode, headers['x-mapped']]).toEqual([200, 'yes'])
    expect(await body.json()).toMatchObject({ url: '/x?a=b+c' })
  })

  test.each<[string, Dispatcher.DispatchOptions['headers']]>([
    ['an object', { 'x-a': ['1', '2'], 'x-b': '3' }],
    ['a flat array', ['x-a', '1', 'x-a', '2', 'x-b', '3']],
    [
      'pairs',
      [
        ['x-a', '1'],
        ['x-a', '2'],
        ['x-b', '3'],
      ] as unknown as string[],
    ],
    [
      'Headers',
      new Headers([
        ['x-a', '1'],
        ['x-a', '2'],
        ['x-b', '3'],
      ]),
    ],
  ])('headers may be %s', async (_what, headers) => {
    const { body } = await request(gateway.upstream.url, { dispatcher, headers: headers ?? null })
    expect(await body.json()).toMatchObject({ headers: { 'x-a': '1, 2', 'x-b': '3' } })
  })

  test.each<[string, () => unknown]>([
    ['a string', () => 'text'],
    ['a Buffer', () => Buffer.from('text')],
    ['an ArrayBuffer', () => new TextEncoder().encode('text').buffer],
    ['a Readable', () => Readable.from(['te', 'xt'])],
    [
      'an async generator',
      () =>
        (async function* () {
          yield Buffer.from('text')
        })(),
    ],
    ['a Blob', () => new Blob(['text'])],
  ])('the body may be %s', async (_what, body) => {
    const options = { dispatcher, method: 'POST', body: body() } as Parameters<typeof request>[1]
    expect(await (await request(gateway.upstream.url, options)).body.json()).toMatchObject({ body: 'text' })
  })

  test('trailers arrive', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 42\r\n\r\n',
    })
    const { body, trailers } = await request(upstream.url, { dispatcher })
    expect([await body.text(), trailers]).toEqual(['abc', { 'x-sum': '42' }])
  })

  test('cookies stay apart', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n',
    })
    const { headers, body } = await request(upstream.url, { dispatcher })
    await body.dump()
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2'])
  })

  test('a request body that fails fails the call, and its reason can be found', async () => {
    const reason = new Error('the disk is gone')
    const body = new Readable({
      read() {
        this.destroy(reason)
      },
    })
    const error = await request(gateway.upstream.url, { dispatcher, method: 'POST', body }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isGatewayError(error) && error.code).toBe('GW_REQ_BODY_ABORTED')
    expect((error as Error).cause).toBe(reason)
  })

  test('a request body that somebody else has read fails the call at once', async () => {
    const body = Readable.from(['x'])
    for await (const _ of body) void _
    const before = gateway.upstream.requests.length
    const error = await request(gateway.upstream.url, { dispatcher, method: 'POST', body }).catch(
      (thrown: unknown) => thrown,
    )
    expect(isGatewayError(error) && error.code).toBe('GW_REQ_BODY_ABORTED')
    expect(gateway.upstream.requests.length).toBe(before)
  })

  test('a request body that nobody reads is let go', async () => {
    const body = new Readable({
      read() {
        this.push('x')
      },
    })
    const { statusCode } = await request(gateway.upstream.url, {
      dispatcher,
      method: 'POST',
      body,
      headers: { 'x-deny': '1' },
    })
    expect(statusCode).toBe(403)
    await until(() => body.destroyed, 'the stream to be destroyed')
  })

  test('a request body that is cut by the upstream is let go', async () => {
    await using reset = await createTestGateway([], { upstream: undefined }, { kind: 'reset-before-head' })
    const body = new Readable({
      read() {
        setTimeout(() => this.push('x'), 1)
      },
    })
    const options = { dispatcher: reset.gateway.dispatcher(), method: 'POST', body } as const
    await expect(request(reset.upstream.url, options)).rejects.toMatchObject({ code: 'GW_UPSTREAM_RESET' })
    await until(() => body.destroyed, 'the stream to be destroyed')
  })
})
