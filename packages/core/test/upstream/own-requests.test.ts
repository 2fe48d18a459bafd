/** Requests that plugins make on their own account. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createGateway,
  type Endpoint,
  type Gateway,
  type PluginHost,
  type PluginRequest,
  type PluginResponse,
} from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { http2Upstream } from '../http2/peers.ts'
import { onFreePort, plugin } from '../support.ts'

const opened: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = await onFreePort(createServer(listener))
  opened.push(async () => server[Symbol.asyncDispose]())
  return `http://127.0.0.1:${server.port}`
}

/** What a plugin can send to an address, and its gateway. */
function sender(url: string, options: Parameters<PluginHost['endpoint']>[1] = {}) {
  let host: PluginHost | undefined
  let endpoint: Endpoint | undefined
  const sending = plugin('sender', (given) => {
    host = given
    endpoint = given.endpoint(url, options)
  })
  const gateway: Gateway = createGateway([sending], { logger: false, limits: { concurrencyPerEndpoint: 1 } })
  opened.push(() => gateway.close({ graceMs: 100 }))
  return {
    gateway,
    endpoint: endpoint as Endpoint,
    send: (request: Partial<PluginRequest> = {}) =>
      (host as PluginHost).request(endpoint as Endpoint, {
        method: 'GET',
        path: '/',
        timeoutMs: 5_000,
        ...request,
      }),
  }
}

async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  response.writeHead(299, { 'x-got': String(request.headers['x-sent'] ?? '') })
  response.end(`${request.method} ${request.url} ${body}`)
}

const text = (body: Uint8Array): string => Buffer.from(body).toString()

test('they go below the base path of the endpoint, with their headers and body', async () => {
  const { send } = sender(`${await serve((request, response) => void echo(request, response))}/base`)
  const answer = await send({
    method: 'POST',
    path: '/up?x=1',
    headers: ['x-sent', 'a'],
    body: Buffer.from('payload'),
    maxBodyBytes: 100,
  })
  expect(answer.status).toBe(299)
  expect(text(answer.body)).toBe('POST /base/up?x=1 payload')
  expect(answer.truncated).toBe(false)
  expect(answer.headers[answer.headers.indexOf('x-got') + 1]).toBe('a')
})

test('they speak HTTP/2 where the endpoint does', async () => {
  await using upstream = await http2Upstream((stream) => {
    stream.respond({ ':status': 204 })
    stream.end()
  })
  const { send, gateway } = sender(upstream.url, { protocol: 'http2' })
  expect((await send()).status).toBe(204)
  await gateway.close()
})

describe('of the answer, no more is kept than was asked for:', () => {
  test('a little more is thrown away, and the connection is used again', async () => {
    const sockets = new Set<unknown>()
    const { send } = sender(
      await serve((request, response) => {
        sockets.add(request.socket)
        response.end('0123456789')
      }),
    )
    const first = await send({ maxBodyBytes: 4 })
    expect([text(first.body), first.truncated]).toEqual(['0123', true])
    // The connection is free a turn after the end of its answer.
    await new Promise(setImmediate)
    const second = await send()
    expect([second.body.length, second.truncated]).toEqual([0, true])
    expect(sockets.size).toBe(1)
  })

  test('an endless body is cut', async () => {
    let closed = false
    const { send } = sender(
      await serve((_request, response) => {
        response.on('close', () => (closed = true))
        const more = (): void => {
          while (response.write(Buffer.alloc(16_384)));
          if (!response.destroyed) response.once('drain', more)
        }
        more()
      }),
    )
    expect((await send({ maxBodyBytes: 10 })).body).toHaveLength(10)
    await until(() => closed, 'the connection to be cut')
  })
})

describe('there is no answer when', () => {
  test('nobody listens', async () => {
    const { send } = sender('http://127.0.0.1:1')
    await expect(send()).rejects.toMatchObject({ code: 'GW_UPSTREAM_CONNECT_REFUSED' })
  })

  test('it does not come in time', async () => {
    let closed = false
    const { send } = sender(await serve((request) => request.on('close', () => (closed = true))))
    await expect(send({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'GW_UPSTREAM_TOTAL_TIMEOUT' })
    await until(() => closed, 'the connection to be cut')
  })

  test('the gateway closes meanwhile, or has closed', async () => {
    let arrived = false
    const { send, gateway } = sender(await serve(() => (arrived = true)))
    const sent = send()
    sent.catch(() => undefined)
    await until(() => arrived, 'the request to arrive')
    await gateway.close()
    await expect(sent).rejects.toMatchObject({ code: 'GW_GATEWAY_CLOSING' })
    await expect(send()).rejects.toMatchObject({ code: 'GW_GATEWAY_CLOSING' })
  })
})

test('one that is sent during set-up goes out once all is set up', async () => {
  const url = await serve((_request, response) => response.end())
  let sent: Promise<PluginResponse> | undefined
  const early = plugin('early', (host) => {
    sent = host.request(host.endpoint(url), { method: 'GET', path: '/', timeoutMs: 5_000 })
  })
  const gateway = createGateway([early], { logger: false })
  expect((await sent)?.status).toBe(200)
  await gateway.close()
})

test('they take no place of exchanges', async () => {
  const waiting: ServerResponse[] = []
  const { send, endpoint } = sender(await serve((_request, response) => waiting.push(response)))
  const sent = [send(), send()]
  await until(() => waiting.length === 2, 'both to arrive')
  expect(endpoint.inFlight).toBe(0)
  for (const response of waiting) response.end()
  expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([200, 200])
})
