/** WebSocket: messages of every size come back as they were, and the close code goes through. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { contentOf } from '../shared/content.ts'
import { type Case, type Kind, must, type Outcome } from './kind.ts'

/** Echoes, then one of: a close by the client, by the server with a code, or a server that vanishes. */
export const websocket: Kind = {
  name: 'websocket',
  weight: 4,
  async run(given) {
    const url = `${given.targets.http('steady').replace(/^http/, 'ws')}/socket/${given.id}`
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 2 ** 24 })
    const vanish = (): void => socket.terminate()
    given.signal.addEventListener('abort', vanish)
    try {
      await once(socket, 'open')
      await echo(given, socket)
      return await end(given, socket)
    } finally {
      given.signal.removeEventListener('abort', vanish)
      socket.on('error', () => {})
      socket.terminate()
    }
  },
}

async function echo({ id, random }: Case, socket: WebSocket): Promise<void> {
  const sent = Array.from({ length: random.int(1, 12) }, (_, i) =>
    contentOf(`${id}-${i}`, random.size(1, 200_000)),
  )
  const received: Buffer[] = []
  const all = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      received.push(data)
      if (received.length === sent.length) resolve()
    })
    socket.once('close', (code) => reject(new Error(`the socket closed with ${code} in the middle`)))
    socket.once('error', reject)
  })
  for (const message of sent) socket.send(message)
  await all
  for (const [i, message] of sent.entries())
    must(received[i]?.equals(message) === true, `message ${i} came back as another`)
}

async function end({ random }: Case, socket: WebSocket): Promise<Outcome> {
  const closed = once(socket, 'close') as Promise<[number, Buffer]>
  const way = random.pick(['client', 'server', 'cut'] as const)
  if (way === 'client') {
    socket.close(4_001, 'done')
    const [code] = await closed
    must(code === 4_001, `closed with 4001 and the answer was ${code}`)
    return 'right'
  }
  const wanted = way === 'server' ? random.int(4_000, 4_900) : 1_006
  socket.send(way === 'server' ? `close ${wanted}` : 'cut')
  const [code] = await closed
  must(code === wanted, `expected close code ${wanted} and got ${code}`)
  return way === 'server' ? 'right' : 'rightError'
}
