import { until } from '../test-gateway.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectEqual } from './setup.ts'

/** Clients and upstreams that go away leave nothing behind. */
export function abortChecks({ start, path, headers }: ConformanceSetup): ConformanceCheck[] {
  return [
    {
      name: 'survives a client that goes away in mid-body',
      async run() {
        await using test = await start(undefined, {}, { kind: 'stall-in-body', bytes: 1_000 })
        const controller = new AbortController()
        const response = await test.fetch(path, { headers: await headers(), signal: controller.signal })
        await response.body?.getReader().read()
        controller.abort()
        await test.finished(1)
        expectEqual(test.exchanges[0]?.error?.code, 'GW_CLIENT_ABORTED', 'Error of the exchange')
        await until(
          async () => (await test.upstream.connections()) === 0,
          'the upstream connection to be closed',
        )
      },
    },
    {
      name: 'survives a client that goes away before any answer',
      async run() {
        await using test = await start(undefined, {}, { kind: 'silent' })
        const controller = new AbortController()
        const pending = test
          .fetch(path, { headers: await headers(), signal: controller.signal })
          .catch(() => undefined)
        await until(() => test.upstream.requests.length === 1, 'the request to reach the upstream')
        controller.abort()
        await pending
        await test.finished(1)
        expect(test.exchanges[0]?.aborted === true, 'The exchange is not marked as aborted')
      },
    },
    {
      name: 'survives an upstream that resets in mid-body',
      async run() {
        await using test = await start(undefined, {}, { kind: 'reset-in-body', length: 10_000, bytes: 100 })
        const response = await test.fetch(path, { headers: await headers() })
        const complete = await response.arrayBuffer().then(
          () => true,
          () => false,
        )
        expectEqual(complete, false, 'Whether the cut body looked complete to the client')
        await test.finished(1)
        test.upstream.behave({ kind: 'echo' })
        const next = await test.fetch(path, { headers: await headers() })
        await next.arrayBuffer()
        expectEqual(next.status, 200, 'Status of the next exchange')
      },
    },
  ]
}
