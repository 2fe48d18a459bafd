/** Bodies stream in constant memory, however slow the slower side is. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const CHUNK = Buffer.alloc(1_048_576, 'x')
const TOTAL = 200 * CHUNK.length
/** Kernel and stream buffers of four sockets and as many streams; a body of 200 MB held in memory is far above. */
const BOUND = 100 * 1_048_576

/** Bytes of buffers outside the heap, where bodies would pile up. */
const held = (): number => process.memoryUsage().arrayBuffers

async function pump(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-length': String(TOTAL) })
  for (let sent = 0; sent < TOTAL && !response.destroyed; sent += CHUNK.length) {
    if (!response.write(CHUNK)) {
      await until(() => !response.writableNeedDrain || response.destroyed, 'room', 15_000)
    }
  }
  response.end()
}

test('a slow reader of 200 MB stops the upstream, and gets all of it', async () => {
  let written = (): number => 0
  await using gateway = await createTestGateway(
    [],
    {},
    {
      kind: 'custom',
      handle: (request, response) => {
        written = () => request.socket.bytesWritten
        void pump(response)
      },
    },
  )
  using client = await RawClient.open(gateway.port)
  client.socket.removeAllListeners('data')
  client.socket.pause()
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  // Nothing is read: the upstream comes to a stop long before the end.
  let last = -1
  await until(() => {
    const stopped = written() > 0 && written() === last
    last = written()
    return stopped
  }, 'the upstream to stop')
  expect(last).toBeLessThan(BOUND)
  expect(gateway.exchanges).toEqual([])

  let received = 0
  let peak = 0
  client.socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    peak = Math.max(peak, held())
    client.socket.pause()
    setImmediate(() => client.socket.resume())
  })
  client.socket.resume()
  await until(() => received >= TOTAL, '200 MB', 15_000)
  await gateway.finished(1)
  expect(peak).toBeLessThan(BOUND)
  expect(gateway.exchanges[0]).toMatchObject({ responseBytes: TOTAL, error: null })
})

test('a slowly reading upstream of 200 MB stops the client, and gets all of it', async () => {
  let received = 0
  let peak = 0
  let upload: IncomingMessage | undefined
  await using gateway = await createTestGateway(
    [],
    {},
    {
      kind: 'custom',
      handle: (request, response) => {
        upload = request
        request.removeAllListeners('data')
        request.pause()
        request.on('end', () => response.end('thanks'))
      },
    },
  )
  using client = await RawClient.open(gateway.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${TOTAL}\r\n\r\n`)
  let sent = 0
  const feed = (): void => {
    while (sent < TOTAL) {
      sent += CHUNK.length
      if (!client.socket.write(CHUNK)) return
    }
  }
  client.socket.on('drain', feed)
  feed()
  let last = -1
  await until(() => {
    const stopped = upload !== undefined && sent === last
    last = sent
    return stopped
  }, 'the client to stop')
  expect(sent).toBeLessThan(BOUND)

  upload?.on('data', (chunk: Buffer) => {
    received += chunk.length
    peak = Math.max(peak, held())
    upload?.pause()
    setImmediate(() => upload?.resume())
  })
  upload?.resume()
  expect((await client.response()).body).toBe('thanks')
  expect(received).toBe(TOTAL)
  expect(peak).toBeLessThan(BOUND)
})

test('a client that reads nothing is cut after the idle time', async () => {
  await using gateway = await createTestGateway(
    [],
    { timeouts: { idleMs: 300 } },
    {
      kind: 'custom',
      handle: (_request, response) => void pump(response),
    },
  )
  using client = await RawClient.open(gateway.port)
  client.socket.pause()
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await gateway.finished(1)
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_STALLED')
})
