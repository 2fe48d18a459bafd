/** Bodies through `gateway.fetch`, both ways, and whoever gives them up. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { definePlugin } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { collector } from '../support.ts'

const MEGABYTE = new Uint8Array(1_048_576)

const denies = definePlugin({
  name: 'denies',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => hooks.preForward.tap(() => ({ status: 401, body: 'no' })))
  },
})

/** A body that is made as it is read, and notes how much was and whether it was given up. */
function source(megabytes: number) {
  const state = { pulled: 0, cancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state.pulled >= megabytes) return controller.close()
        state.pulled++
        controller.enqueue(MEGABYTE.slice())
      },
      cancel() {
        state.cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, state }
}

const upload = (body: ReadableStream, signal?: AbortSignal): RequestInit => ({
  method: 'POST',
  body,
  duplex: 'half',
  ...(signal ? { signal } : {}),
})

describe('streams', () => {
  test('100 MB pass both ways, a piece at a time', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (request, response) => {
          request.removeAllListeners('data')
          request.pipe(response)
        },
      },
    )
    const { stream, state } = source(100)
    const response = await gateway.gateway.fetch('http://service/', upload(stream))
    const reader = response.body?.getReader()
    let received = 0
    let peak = 0
    for (;;) {
      const piece = await reader?.read()
      if (!piece || piece.done) break
      received += (piece.value as Uint8Array).length
      peak = Math.max(peak, state.pulled * MEGABYTE.length - received)
    }
    expect(received).toBe(100 * MEGABYTE.length)
    expect(peak).toBeLessThan(40 * MEGABYTE.length)
  })

  test('a reader that waits stops the upstream', async () => {
    let written = 0
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => {
          const pump = (): void => {
            while (written < 100) {
              written++
              if (!response.write(MEGABYTE)) return
            }
            response.end()
          }
          response.on('drain', pump)
          pump()
        },
      },
    )
    const response = await gateway.gateway.fetch('http://service/')
    let last = -1
    await until(() => {
      const stopped = written > 0 && written === last
      last = written
      return stopped
    }, 'the upstream to stop')
    expect(written).toBeLessThan(40)
    await response.body?.cancel()
    await gateway.finished(1)
  })

  test('a reader that gives up ends the upstream request', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'stall-in-body', bytes: 10 })
    const response = await gateway.gateway.fetch('http://service/')
    await response.body?.cancel()
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({ aborted: true, error: { code: 'GW_CLIENT_ABORTED' } })
    await until(async () => (await gateway.upstream.connections()) === 0, 'the connection to end')
  })

  test('a body that is cut fails while it is read', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'reset-in-body', length: 10, bytes: 5 })
    const response = await gateway.gateway.fetch('http://service/')
    await expect(response.text()).rejects.toMatchObject({ code: 'GW_UPSTREAM_BODY_CUT' })
  })

  test.each([
    ['a guard refuses', [denies()], undefined],
    ['the upstream resets', [], { kind: 'reset-before-head' }],
    ['the upstream answers early', [], { kind: 'early-reply', status: 403 }],
  ] as const)('an upload is given up when %s', async (_what, plugins, behaviour) => {
    await using gateway = await createTestGateway(plugins, {}, behaviour)
    const { stream, state } = source(100)
    const response = await gateway.gateway.fetch('http://service/', upload(stream))
    expect([401, 403, 502]).toContain(response.status)
    await response.arrayBuffer()
    await until(() => state.cancelled, 'the stream to be cancelled')
    expect(state.pulled).toBeLessThan(40)
  })

  test('an upload that fails ends the process of nobody', async () => {
    await using gateway = await createTestGateway([denies()])
    let fail = (): void => {}
    const stream = new ReadableStream({
      start(controller) {
        fail = () => controller.error(new Error('gone'))
      },
    })
    const response = gateway.gateway.fetch('http://service/', upload(stream))
    fail()
    expect((await response).status).toBe(401)
    await gateway.reload([])
    const failing = new ReadableStream({
      pull() {
        throw new Error('gone')
      },
    })
    expect((await gateway.gateway.fetch('http://service/', upload(failing))).status).toBe(400)
  })
})

describe('an abort by the caller', () => {
  test('before the call rejects with its reason, and nothing is sent', async () => {
    await using gateway = await createTestGateway([])
    const reason = new Error('changed my mind')
    await expect(
      gateway.gateway.fetch('http://service/', { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason)
    await gateway.finished(1)
    expect(gateway.upstream.requests).toEqual([])
  })

  test('before the head rejects and ends the upstream request', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    const abort = new AbortController()
    const response = gateway.gateway.fetch('http://service/', { signal: abort.signal })
    await until(() => gateway.upstream.requests.length === 1, 'the request')
    abort.abort()
    await expect(response).rejects.toMatchObject({ name: 'AbortError' })
    await until(async () => (await gateway.upstream.connections()) === 0, 'the connection to end')
  })

  test('arrives although garbage was collected while the upstream thought', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    const aborts = Array.from({ length: 10 }, () => new AbortController())
    const calls = aborts.map(({ signal }) => gateway.gateway.fetch('http://service/', { signal }))
    const ends = Promise.allSettled(calls)
    await until(() => gateway.upstream.requests.length === calls.length, 'the requests')
    await collectGarbage()
    for (const abort of aborts) abort.abort()
    const late = sleep(5_000, 'some did not arrive', { ref: false })
    expect(await Promise.race([ends, late])).toMatchObject(
      calls.map(() => ({ reason: { name: 'AbortError' } })),
    )
  })

  test('during the upload rejects and lets the stream go', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'custom', handle: (request) => request.pause() },
    )
    const abort = new AbortController()
    const { stream, state } = source(100)
    const response = gateway.gateway.fetch('http://service/', upload(stream, abort.signal))
    await until(() => state.pulled > 1, 'the upload')
    abort.abort()
    await expect(response).rejects.toMatchObject({ name: 'AbortError' })
    await gateway.finished(1)
    await until(() => state.cancelled, 'the stream to be cancelled')
  })

  test('in the body fails the reader and ends the upstream request', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'stall-in-body', bytes: 10 })
    const abort = new AbortController()
    const response = await gateway.gateway.fetch('http://service/', { signal: abort.signal })
    abort.abort()
    await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' })
    await until(async () => (await gateway.upstream.connections()) === 0, 'the connection to end')
  })

  test('after the end does nothing', async () => {
    await using gateway = await createTestGateway([])
    const abort = new AbortController()
    await (await gateway.gateway.fetch('http://service/', { signal: abort.signal })).text()
    await gateway.finished(1)
    abort.abort()
    expect(gateway.exchanges[0]).toMatchObject({ aborted: false, error: null })
  })
})

async function collectGarbage(): Promise<void> {
  const gc = collector()
  for (let i = 0; i < 5; i++) {
    await sleep(5)
    gc()
  }
}
