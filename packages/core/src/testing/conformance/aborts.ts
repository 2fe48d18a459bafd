import { setTimeout as sleep } from 'node:timers/promises'
import { type TestGateway, until } from '../test-gateway.ts'
import type { UpstreamPlan } from '../upstream/behaviour.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import {
  type ConformanceCheck,
  type ConformanceSetup,
  expect,
  expectEqual,
  expectStatus,
  pluginFaults,
} from './setup.ts'

/** How long the plugin may go on working for a client that is gone. */
const LINGER_MS = 1_000

/** Clients and upstreams that go away leave nothing behind. */
export function abortChecks(setup: ConformanceSetup): ConformanceCheck[] {
  const { start, pass, path, headers } = setup
  const area = 'aborts'

  /** The client goes away as soon as `when` says so. */
  async function abandon(
    plan: UpstreamPlan,
    init: RequestInit,
    when: (test: TestGateway, response: Promise<Response>) => Promise<unknown>,
  ): Promise<void> {
    await using test = await start({ plan })
    const controller = new AbortController()
    const { signal } = controller
    const response = test.fetch(path, { ...init, headers: await headers(), signal })
    response.catch(() => undefined)
    await when(test, response)
    controller.abort()
    await test.finished(1)
    expectEqual(test.exchanges[0]?.error?.code, 'GW_CLIENT_ABORTED', 'Error of the exchange')
    expect(test.exchanges[0]?.aborted === true, 'The exchange is not marked as aborted')
    const faults = pluginFaults(test)
    expect(faults.length === 0, `When the client is gone: ${faults.join('. ')}`)
    await until(async () => (await test.upstream.connections()) === 0, 'the upstream connection to be closed')
    await expectNext(test, setup)
  }

  const taken = (test: TestGateway): Promise<void> =>
    until(() => test.upstream.requests.length === 1, 'the request to reach the upstream', 15_000)
  const endlessBody = (): RequestInit => ({
    method: 'POST',
    body: new ReadableStream({
      pull: (stream) => sleep(5).then(() => stream.enqueue(Buffer.from('postern'))),
    }),
    duplex: 'half',
  })

  return [
    {
      area,
      name: 'survives a client that goes away in mid-body',
      run: () =>
        abandon({ kind: 'stall-in-body', bytes: 1_000 }, {}, async (_test, response) =>
          (await response).body?.getReader().read(),
        ),
    },
    {
      area,
      name: 'survives a client that goes away before any answer',
      run: () => abandon({ kind: 'silent' }, {}, taken),
    },
    {
      area,
      name: 'survives a client that goes away while it uploads',
      run: () => abandon({ kind: 'slow-reader', bytes: 10, everyMs: 5 }, endlessBody(), taken),
    },
    {
      area,
      name: 'survives an upstream that resets in mid-body',
      async run() {
        await using test = await start({ plan: { kind: 'reset-in-body', length: 10_000, bytes: 100 } })
        const complete = await pass(test).then(
          () => true,
          () => false,
        )
        expectEqual(complete, false, 'Whether the cut body looked complete to the client')
        await test.finished(1)
        await expectNext(test, setup)
      },
    },
    {
      area,
      name: 'stops waiting when the client goes away',
      run: () => expectLetGo(setup),
    },
  ]
}

async function expectNext(test: TestGateway, { pass }: ConformanceSetup): Promise<void> {
  test.upstream.behave({ kind: 'echo' })
  expectStatus(test, (await pass(test)).status, 200, 'The next exchange')
}

/** In each hook where the plugin waits, the client goes away at once: what it waits for must end with it. */
async function expectLetGo({ start, path, headers }: ConformanceSetup): Promise<void> {
  const waits = new Map<string, Promise<unknown>>()
  const controller = new AbortController()
  const { signal } = controller
  await using test = await start({
    change: (plugin) =>
      wrapPlugin(plugin, {
        around(where, call, subject) {
          const result = call(subject)
          if (!(result instanceof Promise) || where === 'setup' || where === 'close') return result
          waits.set(where, result.then(Boolean, Boolean))
          // Before any turn of the event loop, so that the shortest wait meets it.
          queueMicrotask(() => controller.abort())
          return result
        },
      }),
  })
  const sent = test.gateway.fetch(`http://service${path}`, { headers: await headers(), signal })
  await sent.then((response) => response.arrayBuffer()).catch(() => undefined)
  await test.finished(1)
  for (const [hook, wait] of waits) {
    const ended = await Promise.race([wait.then(() => true), sleep(LINGER_MS, false)])
    expect(
      ended,
      `Its ${hook} tap still waits ${LINGER_MS} ms after the client is gone: hand exchange.signal to what you wait for, ` +
        'and end when it aborts',
    )
  }
}
