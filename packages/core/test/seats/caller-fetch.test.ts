/** The dispatcher under both kinds of fetch, and as the global one. */
import { getEventListeners } from 'node:events'
import {
  type Dispatcher,
  getGlobalDispatcher,
  request,
  setGlobalDispatcher,
  fetch as undiciFetch,
} from 'undici'
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

/** The built-in fetch takes a dispatcher that its types do not know. */
const builtIn = (url: string, init: object = {}): Promise<Response> =>
  fetch(url, { dispatcher, ...init } as object)
const viaUndici = (url: string, init: object = {}): Promise<Response> =>
  undiciFetch(url, { dispatcher, ...init })

/** An address where nobody listens any more. */
async function refusing(): Promise<string> {
  await using upstream = await createUpstream()
  return upstream.url
}

describe.each([
  ['the built-in fetch', builtIn],
  ['fetch of undici', viaUndici],
])('%s', (_name, call) => {
  test('passes the hooks and reaches its own target', async () => {
    const response = await call(`${gateway.upstream.url}/path?q=1`, { headers: { 'x-a': '1' } })
    expect(response.headers.get('x-mapped')).toBe('yes')
    expect(await response.json()).toMatchObject({
      method: 'GET',
      url: '/path?q=1',
      headers: { 'x-a': '1', 'x-signed': 'yes' },
    })
    // The process is the client itself: nothing stands before it.
    const names = Object.keys(gateway.upstream.requests.at(-1)?.headers ?? {})
    expect(names.filter((name) => /^via$|forwarded/.test(name))).toEqual([])
  })

  test('sends strings, bytes and streams', async () => {
    for (const body of ['text', new TextEncoder().encode('text'), new Blob(['text']).stream()]) {
      const response = await call(`${gateway.upstream.url}/`, { method: 'POST', body, duplex: 'half' })
      expect(await response.json()).toMatchObject({ method: 'POST', body: 'text' })
    }
  })

  test('a refusal is an ordinary response', async () => {
    const response = await call(`${gateway.upstream.url}/`, { headers: { 'x-deny': '1' } })
    expect([response.status, await response.text()]).toEqual([403, 'denied'])
  })

  test('a refused path is an ordinary response', async () => {
    expect((await call(`${gateway.upstream.url}/a//b`)).status).toBe(400)
  })

  test('a connection that fails is a call that fails, with the gateway’s error as cause', async () => {
    const before = gateway.exchanges.length
    const error = await call(await refusing()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    const { cause } = error as { cause?: unknown }
    expect(isGatewayError(cause) && cause.code).toBe('GW_UPSTREAM_CONNECT_REFUSED')
    await gateway.finished(before + 1)
    expect(gateway.exchanges.at(-1)?.aborted).toBe(false)
  })

  test('an abort before the head ends the upstream request', async () => {
    await using silent = await createTestGateway([], { upstream: undefined }, { kind: 'silent' })
    const abort = new AbortController()
    const call2 = call(`${silent.upstream.url}/`, {
      dispatcher: silent.gateway.dispatcher(),
      signal: abort.signal,
    })
    await until(() => silent.upstream.requests.length === 1, 'the request')
    abort.abort()
    await expect(call2).rejects.toMatchObject({ name: 'AbortError' })
    await silent.finished(1)
    expect(silent.exchanges[0]?.aborted).toBe(true)
    await until(async () => (await silent.upstream.connections()) === 0, 'the connection to end')
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
  })

  test('an abort in the body ends the upstream request', async () => {
    await using slow = await createTestGateway(
      [],
      { upstream: undefined },
      { kind: 'stall-in-body', bytes: 10 },
    )
    const abort = new AbortController()
    const response = await call(`${slow.upstream.url}/`, {
      dispatcher: slow.gateway.dispatcher(),
      signal: abort.signal,
    })
    abort.abort()
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    await slow.finished(1)
    await until(async () => (await slow.upstream.connections()) === 0, 'the connection to end')
  })

  test('a body that is cut fails while it is read', async () => {
    await using cut = await createTestGateway(
      [],
      { upstream: undefined },
      { kind: 'reset-in-body', length: 10, bytes: 5 },
    )
    const response = await call(`${cut.upstream.url}/`, { dispatcher: cut.gateway.dispatcher() })
    await expect(response.text()).rejects.toThrow()
  })

  test.each([204, 304])('status %i has no body', async (status) => {
    await using empty = await createTestGateway([], { upstream: undefined }, { kind: 'answer', status })
    const response = await call(`${empty.upstream.url}/`, { dispatcher: empty.gateway.dispatcher() })
    expect([response.status, await response.text()]).toEqual([status, ''])
  })
})

test('as global dispatcher it serves calls that know nothing of it', async () => {
  const before = getGlobalDispatcher()
  setGlobalDispatcher(dispatcher)
  try {
    for (const call of [fetch, undiciFetch]) {
      const response = await call(gateway.upstream.url)
      expect(await response.json()).toMatchObject({ headers: { 'x-signed': 'yes' } })
    }
    const { body } = await request(gateway.upstream.url)
    expect(await body.json()).toMatchObject({ headers: { 'x-signed': 'yes' } })
  } finally {
    setGlobalDispatcher(before)
  }
})
