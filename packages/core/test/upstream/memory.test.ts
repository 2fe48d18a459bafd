/**
 * Bodies of any size pass in constant memory. `POSTERN_BODY_BYTES=5e9` makes them as large as one likes; the usual size
 * is enough to see a body that piles up.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { handshake } from '../upgrade/peers.ts'

const BODY_BYTES = Number(process.env['POSTERN_BODY_BYTES'] ?? 300e6)
/** Stream buffers, and garbage between two collections. A body held in memory is far above. */
const GROWTH_BYTES = 100e6
/** What the gateway has seen before it is measured: code is compiled, pools are filled. */
const WARM_BYTES = 30e6
const CHUNK = Buffer.alloc(262_144, 'x')

function* bytes(total: number): Generator<Buffer> {
  for (let left = total; left > 0; left -= CHUNK.length)
    yield left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK
}
async function count(stream: AsyncIterable<Buffer>): Promise<number> {
  let total = 0
  for await (const chunk of stream) total += chunk.length
  return total
}

let upstream: Server
let gateway: ChildProcess
let port = 0

beforeAll(async () => {
  upstream = createServer((incoming, response) => {
    const total = Number(incoming.headers['x-bytes'])
    if (incoming.method === 'GET') void pipeline(Readable.from(bytes(total)), response).catch(() => {})
    else void count(incoming).then((received) => response.end(String(received)))
  })
  upstream.on('upgrade', (_request, socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const execArgv = ['--conditions=@postern/source', '--disable-warning=ExperimentalWarning']
  gateway = fork(fileURLToPath(new URL('gateway-process.ts', import.meta.url)), [url], { execArgv })
  ;[port] = (await once(gateway, 'message')) as [number]
})
afterAll(async () => {
  gateway.kill()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})

async function peakBytes(): Promise<number> {
  gateway.send('peak')
  const [peak] = (await once(gateway, 'message')) as [number]
  return peak
}

async function send(method: string, total: number): Promise<IncomingMessage> {
  const outgoing = request({ port, method, headers: { 'x-bytes': String(total) } })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  if (method === 'GET') outgoing.end()
  else await pipeline(Readable.from(bytes(total)), outgoing)
  return (await answered)[0]
}

const ways: Record<string, (total: number) => Promise<number>> = {
  down: async (total) => count(await send('GET', total)),
  up: async (total) => {
    let text = ''
    for await (const chunk of await send('POST', total)) text += String(chunk)
    return Number(text)
  },
  'both ways through a tunnel': async (total) => {
    const socket = connect(port, '127.0.0.1')
    socket.write(handshake())
    const [head] = (await once(socket, 'data')) as [Buffer]
    const written = pipeline(Readable.from(bytes(total)), socket)
    const [received] = await Promise.all([count(socket), written])
    return received + head.length - head.indexOf('\r\n\r\n') - 4
  },
}

test.each(Object.entries(ways))('%s', { timeout: 900_000 }, async (way, transfer) => {
  expect(await transfer(WARM_BYTES)).toBe(WARM_BYTES)
  const before = await peakBytes()
  const start = performance.now()
  expect(await transfer(BODY_BYTES)).toBe(BODY_BYTES)
  const seconds = (performance.now() - start) / 1_000
  const growth = (await peakBytes()) - before
  if (process.env['POSTERN_BODY_BYTES'])
    console.log(
      `${BODY_BYTES / 1e6} MB ${way}: ${Math.round(growth / 1e6)} MB more, in ${seconds.toFixed(1)} s`,
    )
  expect(growth).toBeLessThan(GROWTH_BYTES)
})
