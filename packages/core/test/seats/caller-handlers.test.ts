/** Handlers written by hand: the old form of undici 6 and 7, and the new one, with everything that they may do. */

import type { Dispatcher } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, type UpstreamBehaviour, until } from '../../src/testing.ts'

let gateway: TestGateway
let dispatcher: Dispatcher
beforeAll(async () => {
  gateway = await createTestGateway([], { upstream: undefined })
  dispatcher = gateway.gateway.dispatcher()
})
afterAll(() => gateway.close())

/** What a handler was told, in order. */
type Told = string[]

/** The form of undici 6: `abort` comes with onConnect, `resume` with onHeaders, false asks for a pause. */
class OldHandler {
  readonly told: Told = []
  readonly done: Promise<void>
  abort: (reason?: Error) => void = () => {}
  resume: () => void = () => {}
  headers: Buffer[] = []
  readonly #pausing: boolean
  #finish: () => void = () => {}

  constructor(pausing = false) {
    this.#pausing = pausing
    this.done = new Promise((resolve) => {
      this.#finish = resolve
    })
  }

  onConnect(abort: (reason?: Error) => void): void {
    this.told.push('connect')
    this.abort = abort
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, reason: string): boolean {
    this.told.push(`headers ${status} ${reason}`)
    this.headers = headers
    this.resume = resume
    return true
  }

  onData(chunk: Buffer): boolean {
    this.told.push(`data ${chunk.toString()}`)
    return !this.#pausing
  }

  onComplete(trailers: Buffer[]): void {
    this.told.push(`complete ${trailers.map(String).join(':')}`)
    this.#finish()
  }

  onError(error: Error): void {
    this.told.push(`error ${(error as NodeJS.ErrnoException).code ?? error.message}`)
    this.#finish()
  }
}

const dispatch = (
  handler: object,
  options: Partial<Dispatcher.DispatchOptions> = {},
  via = dispatcher,
): boolean => via.dispatch({ origin: gateway.upstream.url, path: '/', method: 'GET', ...options }, handler)

async function behaving(behaviour: UpstreamBehaviour, run: () => Promise<void>): Promise<void> {
  gateway.upstream.behave(behaviour)
  try {
    await run()
  } finally {
    gateway.upstream.behave({ kind: 'echo' })
  }
}

describe('a handler of the old form', () => {
  test('is told connect, headers, data and complete', () =>
    behaving({ kind: 'answer', status: 201, headers: { 'X-A': '1' }, body: 'abc' }, async () => {
      const handler = new OldHandler()
      dispatch(handler)
      await handler.done
      expect(handler.told).toEqual(['connect', 'headers 201 Created', 'data abc', 'complete '])
      const raw = handler.headers.map(String)
      expect(raw[raw.indexOf('X-A') + 1]).toBe('1')
    }))

  test('sends a body', async () => {
    const handler = new OldHandler()
    dispatch(handler, { method: 'POST', body: 'text' })
    await handler.done
    expect(gateway.upstream.requests.at(-1)?.body().toString()).toBe('text')
  })

  test('is told errors', async () => {
    const handler = new OldHandler()
    dispatch(handler, { origin: 'http://127.0.0.1:1' })
    await handler.done
    expect(handler.told).toEqual(['connect', 'error GW_UPSTREAM_CONNECT_REFUSED'])
  })

  test('is given refusals as responses', async () => {
    const handler = new OldHandler()
    dispatch(handler, { path: '/a/../b' })
    await handler.done
    expect(handler.told).toEqual([
      'connect',
      'headers 400 ',
      expect.stringContaining('GW_REQ_TARGET_INVALID'),
      'complete ',
    ])
  })

  test('may pause and resume', () =>
    behaving({ kind: 'trickle', chunks: 3, bytes: 1, everyMs: 1 }, async () => {
      const handler = new OldHandler(true)
      dispatch(handler)
      await until(() => handler.told.some((line) => line.startsWith('data')), 'the first piece')
      expect(handler.told.length).toBeLessThanOrEqual(4)
      const timer = setInterval(() => handler.resume(), 5)
      await handler.done
      clearInterval(timer)
      expect(
        handler.told
          .filter((line) => line.startsWith('data'))
          .join('')
          .replaceAll('data ', ''),
      ).toBe('xxx')
    }))

  test('may abort at once, before the head, and in the body', async () => {
    for (const [kind, when] of [
      ['silent', 'connect'],
      ['stall-in-body', 'data x'],
    ] as const) {
      await behaving(kind === 'silent' ? { kind } : { kind, bytes: 1 }, async () => {
        const handler = new OldHandler()
        const before = gateway.exchanges.length
        dispatch(handler)
        await until(() => handler.told.includes(when), when)
        handler.abort(Object.assign(new Error('enough'), { code: 'ENOUGH' }))
        await handler.done
        expect(handler.told.at(-1)).toBe('error ENOUGH')
        await gateway.finished(before + 1)
        expect(gateway.exchanges.at(-1)?.aborted).toBe(true)
      })
    }
  })

  test('that aborts in onConnect sends nothing', async () => {
    class Reluctant extends OldHandler {
      override onConnect(abort: (reason?: Error) => void): void {
        abort(Object.assign(new Error('never mind'), { code: 'NEVER' }))
      }
    }
    const before = gateway.upstream.requests.length
    const handler = new Reluctant()
    dispatch(handler)
    await handler.done
    expect(handler.told).toEqual(['error NEVER'])
    expect(gateway.upstream.requests.length).toBe(before)
  })
})

describe('a handler that throws', () => {
  const fault = Object.assign(new Error('in the handler'), { code: 'FAULT' })
  test.each(['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'] as const)(
    'in %s is told its own error',
    async (where) => {
      const told: unknown[] = []
      const handler: Record<string, (...args: unknown[]) => void> = {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData() {},
        onResponseEnd() {},
        onResponseError: (_controller, error) => void told.push(error),
      }
      handler[where] = () => {
        throw fault
      }
      const before = gateway.gateway.stats().inFlight
      dispatch(handler)
      await until(() => told.length > 0, 'the error')
      expect(told).toEqual([fault])
      await until(() => gateway.gateway.stats().inFlight === before, 'the exchange to end')
    },
  )
})

test('a call without a target is told so', async () => {
  const handler = new OldHandler()
  dispatch(handler, { origin: 'not a url' })
  await handler.done
  expect(handler.told.at(-1)).toMatch(/^error /)
})
