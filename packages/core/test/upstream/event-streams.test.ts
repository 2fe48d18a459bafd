/** Answers that take their time: Server-Sent Events and long polls pass event by event, and end when their client does. */
import type { ServerResponse } from 'node:http'
import { Agent, EventSource } from 'undici'
import { expect, test } from 'vitest'
import { createTestGateway, type UpstreamBehaviour, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** An upstream whose responses are written by the test. */
function byHand(headers: Record<string, string>): {
  behaviour: UpstreamBehaviour
  responses: ServerResponse[]
} {
  const responses: ServerResponse[] = []
  const handle = (_request: unknown, response: ServerResponse): void => {
    response.writeHead(200, headers).flushHeaders()
    responses.push(response)
  }
  return { behaviour: { kind: 'custom', handle }, responses }
}

const EVENTS = { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }

test('events arrive one by one, each before the next is sent, and a closed source ends the upstream’s response', async () => {
  const { behaviour, responses } = byHand(EVENTS)
  await using gateway = await createTestGateway([], {}, behaviour)
  const dispatcher = new Agent()
  const source = new EventSource(gateway.url, { node: { dispatcher } })
  const seen: unknown[] = []
  source.addEventListener('message', ({ data }: { data: unknown }) => seen.push(data))
  await until(() => responses.length === 1, 'the request')
  for (let i = 0; i < 20; i++) {
    responses[0]?.write(`data: ${i}\n\n`)
    await until(() => seen.length === i + 1, `event ${i}`)
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
  source.close()
  await dispatcher.destroy()
  await until(() => responses[0]?.destroyed === true, 'the upstream to see it')
  await gateway.finished(1)
  expect(gateway.exchanges[0]).toMatchObject({ aborted: true, status: 200 })
})

test('an event source reconnects by itself, with the last id that it saw', async () => {
  const { behaviour, responses } = byHand(EVENTS)
  await using gateway = await createTestGateway([], {}, behaviour)
  const dispatcher = new Agent()
  const source = new EventSource(gateway.url, { node: { dispatcher, reconnectionTime: 10 } })
  await until(() => responses.length === 1, 'the first request')
  responses[0]?.end('id: 7\ndata: x\n\n')
  await until(() => responses.length === 2, 'the second')
  expect(gateway.upstream.requests[1]?.headers['last-event-id']).toBe('7')
  source.close()
  await dispatcher.destroy()
  await gateway.finished(2)
})

test('a stream lives as long as something comes in time, and no longer', async () => {
  const { behaviour, responses } = byHand(EVENTS)
  await using gateway = await createTestGateway([], { timeouts: { idleMs: 200, headersMs: 100 } }, behaviour)
  using client = await RawClient.open(gateway.port)
  client.send(GET)
  const timer = setInterval(() => responses[0]?.write(': still here\n\n'), 20)
  const start = performance.now()
  await until(() => performance.now() - start > 800, 'much more than the idle time')
  clearInterval(timer)
  expect(gateway.exchanges).toEqual([])
  await client.closed()
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_UPSTREAM_IDLE_TIMEOUT')
  expect(client.received.endsWith('0\r\n\r\n')).toBe(false)
})

test('a head alone reaches the client: nothing waits for the first byte of the body', async () => {
  const { behaviour, responses } = byHand(EVENTS)
  await using gateway = await createTestGateway([], {}, behaviour)
  using client = await RawClient.open(gateway.port)
  client.send(GET)
  await until(() => client.received.includes('\r\n\r\n'), 'the head')
  expect(client.received).toContain('text/event-stream')
  responses[0]?.end()
  await client.response()
})

test('a long poll is answered when its upstream has something to say, and costs nothing when its client leaves', async () => {
  const polls: ServerResponse[] = []
  await using gateway = await createTestGateway(
    [],
    {},
    { kind: 'custom', handle: (_request, response) => polls.push(response) },
  )
  using patient = await RawClient.open(gateway.port)
  using leaving = await RawClient.open(gateway.port)
  patient.send(GET)
  await until(() => polls.length === 1, 'the first')
  leaving.send(GET)
  await until(() => polls.length === 2, 'the second')
  leaving.destroy()
  await until(() => polls[1]?.destroyed === true, 'the upstream to see it')
  polls[0]?.end('news')
  expect((await patient.response()).body).toBe('news')
  // The same connection polls again.
  patient.send(GET)
  await until(() => polls.length === 3, 'the third')
  polls[2]?.end('more')
  expect((await patient.response()).body).toBe('more')
})
