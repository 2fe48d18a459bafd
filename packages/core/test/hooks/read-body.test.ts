import { request } from 'node:http'
import { expect, test } from 'vitest'
import type { PluginInstance } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

/** Reads the body in a hook, and writes down what it was. */
const reader = (hook: 'preForward' | 'preSend', read: string[], maxBytes = 1_000): PluginInstance =>
  plugin(
    'reader',
    ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks[hook].tap(async (exchange) => {
          read.push(String(await exchange.readBody(maxBytes)))
        }),
      ),
    { fault: 'guard' },
  )

test.each(['preForward', 'preSend'] as const)(
  '%s can read the whole body, and it goes on as it was',
  async (hook) => {
    const read: string[] = []
    await using tested = await createTestGateway([reader(hook, read)])
    const announced = await tested.fetch('/', { method: 'POST', body: 'hello' })
    const chunks = new Response('chunked').body as ReadableStream
    const chunked = await tested.fetch('/', { method: 'POST', body: chunks, duplex: 'half' })
    const none = await tested.fetch('/')
    expect([announced.status, chunked.status, none.status]).toEqual([200, 200, 200])
    expect(read).toEqual(['hello', 'chunked', ''])
    expect(tested.upstream.requests.map((one) => String(one.body()))).toEqual(['hello', 'chunked', ''])
    expect(
      await tested.gateway.fetch(new Request('http://service/', { method: 'PUT', body: 'web' })),
    ).toMatchObject({
      status: 200,
    })
    expect(read.at(-1)).toBe('web')
  },
)

test('a body above the bound is refused, announced or not', async () => {
  await using tested = await createTestGateway([reader('preForward', [], 4)])
  expect((await tested.fetch('/', { method: 'POST', body: 'hello' })).status).toBe(413)
  const body = new Response('hello').body as ReadableStream
  expect((await tested.fetch('/', { method: 'POST', body, duplex: 'half' })).status).toBe(413)
  expect(tested.upstream.requests).toHaveLength(0)
})

test('a body that was not read whole goes on as it was, for a guard in shadow', async () => {
  const shy = plugin(
    'shy',
    ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks.preForward.tap(async (exchange) => void (await exchange.readBody(4)), {}),
      ),
    { fault: 'guard', settings: { mode: 'shadow' } },
  )
  await using tested = await createTestGateway([shy], { timeouts: { pluginMs: 200 } })
  const large = new Response('hello'.repeat(10_000)).body as ReadableStream
  expect((await tested.fetch('/', { method: 'POST', body: large, duplex: 'half' })).status).toBe(200)
  const slow = new ReadableStream({
    async start(controller) {
      controller.enqueue(Buffer.from('he'))
      await new Promise((resolve) => setTimeout(resolve, 500))
      controller.enqueue(Buffer.from('llo'))
      controller.close()
    },
  })
  expect((await tested.fetch('/', { method: 'POST', body: slow, duplex: 'half' })).status).toBe(200)
  expect(tested.upstream.requests.map((one) => one.body().length)).toEqual([50_000, 5])
})

test('a client that goes away while its body is read leaves nothing behind', async () => {
  await using tested = await createTestGateway([reader('preForward', [])])
  const cut = request(tested.url, { method: 'POST', headers: { 'content-length': '10' } })
  cut.on('error', () => {})
  cut.write('hel')
  setTimeout(() => cut.destroy(), 50)
  await tested.finished(1)
  expect(tested.exchanges[0]?.error?.code).toMatch(/^GW_(CLIENT|REQ_BODY)_ABORTED$/)
  expect(tested.upstream.requests).toHaveLength(0)
})
