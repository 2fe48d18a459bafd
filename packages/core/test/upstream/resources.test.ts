/** After a storm of each fault nothing is left: no socket, no timer, no running exchange. */
import { afterEach, expect, test } from 'vitest'
import { definePlugin, type GatewayOptions } from '../../src/index.ts'
import { createTestGateway, type TestGateway, type UpstreamBehaviour, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const STORM = 50
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const POST = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(1_000)}`

/** What keeps the process alive: kinds, as often as they are there. */
function resources(): string {
  const kept = process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|Timeout|TLS|Connect|DNS|AddrInfo/.test(kind))
  return kept.sort().join(' ')
}

const quiet = resources()

/** The poll of `until` holds a timer of its own while it looks. */
async function settled(): Promise<boolean> {
  await new Promise((resolve) => setImmediate(resolve))
  return resources() === quiet
}

async function storm(gateway: TestGateway, bytes: string, leave: boolean): Promise<void> {
  const clients = await Promise.all(Array.from({ length: STORM }, () => RawClient.open(gateway.port)))
  for (const client of clients) client.send(bytes)
  if (leave) {
    await until(() => gateway.gateway.stats().inFlight > 0 || gateway.exchanges.length > 0, 'the storm')
    for (const client of clients) client.socket.resetAndDestroy()
  }
  await gateway.finished(STORM)
  for (const client of clients) client.destroy()
}

afterEach(async () => {
  await until(settled, 'every socket and timer to be gone')
})

const guard = definePlugin({
  name: 'denies',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => hooks.preForward.tap(() => ({ status: 401 })))
  },
})

test.each<[string, string, GatewayOptions, UpstreamBehaviour, boolean]>([
  ['answers', GET, {}, { kind: 'echo' }, false],
  ['resets before the head', GET, {}, { kind: 'reset-before-head' }, false],
  ['resets in the body', GET, {}, { kind: 'reset-in-body', length: 100, bytes: 50 }, false],
  ['garbage', GET, {}, { kind: 'garbage' }, false],
  ['huge headers', GET, {}, { kind: 'huge-headers', bytes: 100_000 }, false],
  ['silence', GET, { timeouts: { headersMs: 50 } }, { kind: 'silent' }, false],
  ['stalls', GET, { timeouts: { idleMs: 50 } }, { kind: 'stall-in-body', bytes: 10 }, false],
  ['refused connections', GET, { upstream: 'http://127.0.0.1:1' }, { kind: 'echo' }, false],
  ['stalled uploads', POST, { timeouts: { idleMs: 50 } }, { kind: 'echo' }, false],
  ['early replies to uploads', POST, {}, { kind: 'early-reply', status: 403 }, false],
  ['uploads that are too large', POST, { limits: { requestBodyBytes: 100 } }, { kind: 'echo' }, false],
  ['clients that leave before the head', GET, {}, { kind: 'silent' }, true],
  ['clients that leave in the body', GET, {}, { kind: 'stall-in-body', bytes: 10 }, true],
  ['clients that leave in the upload', POST, {}, { kind: 'echo' }, true],
])('%s', async (_what, bytes, options, behaviour, leave) => {
  const gateway = await createTestGateway([], options, behaviour)
  await storm(gateway, bytes, leave)
  expect(gateway.gateway.stats()).toMatchObject({ inFlight: 0, exchanges: STORM })
  await gateway.gateway.close()
  await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connections to end')
  await gateway.upstream.close()
})

test('refused uploads', async () => {
  const gateway = await createTestGateway([guard()])
  await storm(gateway, POST, false)
  await gateway.close()
})

test('exchanges that run when the gateway closes are cut after the grace time', async () => {
  const gateway = await createTestGateway([], {}, { kind: 'silent' })
  const clients = await Promise.all(Array.from({ length: STORM }, () => RawClient.open(gateway.port)))
  for (const client of clients) client.send(GET)
  await until(() => gateway.upstream.requests.length === STORM, 'the storm')
  await gateway.gateway.close({ graceMs: 20 })
  expect(gateway.gateway.stats().inFlight).toBe(0)
  for (const client of clients) await client.closed()
  await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connections to end')
  await gateway.upstream.close()
})
