/** An upstream that writes exact bytes. */
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A running raw upstream. */
export interface RawUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly port: number
  /** Every head that came, oldest first. */
  readonly heads: readonly string[]
  /** Connections that were opened so far. */
  readonly opened: number
  /** Connections that are open now. */
  readonly open: number
  close(): Promise<void>
}

/**
 * Starts an upstream that calls a function with each request head; bodies are not read apart.
 * @param answer writes to the socket whatever it likes.
 */
export async function createRawUpstream(
  answer: (head: string, socket: Socket) => void,
): Promise<RawUpstream> {
  const heads: string[] = []
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer((socket) => {
    opened++
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
        const head = text.slice(0, end)
        text = text.slice(end + 4)
        if (!/^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(`${head}\r\n`)) continue
        heads.push(head)
        answer(head, socket)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    heads,
    get opened() {
      return opened
    },
    get open() {
      return sockets.size
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
