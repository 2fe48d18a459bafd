/**
 * Peers of HTTP/2 that read no more.
 *
 * Attack: a client, or an upstream, grants a large window and then stops reading. What was written can never be sent, and
 * whoever waits for that before it closes a connection waits for ever: the gateway could not shut down.
 */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createTestGateway, until } from '../../src/testing.ts'

const LARGEST_WINDOW = 2 ** 31 - 1
const CONNECTION_WINDOW = 65_535

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** SETTINGS with the largest window for streams, and WINDOW_UPDATE with the largest for the connection. */
function largeWindows(): Buffer {
  const setting = Buffer.alloc(6)
  setting.writeUInt16BE(4, 0)
  setting.writeUInt32BE(LARGEST_WINDOW, 2)
  const update = Buffer.alloc(4)
  update.writeUInt32BE(LARGEST_WINDOW - CONNECTION_WINDOW)
  return Buffer.concat([frame(4, 0, 0, setting), frame(8, 0, 0, update)])
}

test('a client that reads no more does not keep the gateway from closing', async () => {
  const body = Buffer.alloc(30_000_000)
  await using gateway = await createTestGateway([], {}, { kind: 'answer', body })
  const socket = connect({ port: gateway.port, host: '127.0.0.1' })
  socket.on('error', () => {})
  await once(socket, 'connect')
  // GET http://a/ in HPACK's static table.
  const head = Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61])
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(Buffer.concat([largeWindows(), frame(1, 0x05, 1, head)]))
  socket.resume()
  await until(() => socket.bytesRead > 1_000_000, 'the answer to be under way')
  socket.pause()
  // Long enough for all buffers between the two to fill.
  await gateway.gateway.close({ graceMs: 500 })
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_GATEWAY_CLOSING')
  socket.destroy()
})

test('an upstream that reads no more does not keep the gateway from closing', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.once('data', () => socket.pause().write(largeWindows()))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as { port: number }
  const upstream = { url: `http://127.0.0.1:${port}`, protocol: 'http2' } as const
  await using gateway = await createTestGateway([], { upstream })
  const response = gateway
    .fetch('/', { method: 'POST', body: Buffer.alloc(30_000_000) })
    .catch(() => undefined)
  await until(() => (gateway.gateway.stats().inFlight === 1 ? sockets.length === 1 : false), 'the connection')
  await gateway.gateway.close({ graceMs: 200 })
  await response
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_GATEWAY_CLOSING')
  for (const socket of sockets) socket.destroy()
  server.close()
})
