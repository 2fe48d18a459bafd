/** Looks at the first bytes of a connection before it is given to whoever speaks its protocol. */
import type { Socket } from 'node:net'

/** What a look says: more bytes are needed, the connection is refused, or how many bytes to take away. */
export type Look = 'more' | 'refuse' | { readonly take: number }

/**
 * Reads until a look is decided, gives back what it did not take, and calls `then`. A connection that is refused, that ends
 * before, or that takes too long, is closed without a word: no protocol is known in which to say one.
 */
export function lookAtFirst(
  socket: Socket,
  withinMs: number,
  look: (bytes: Buffer) => Look,
  then: () => void,
): void {
  let bytes: Buffer = Buffer.alloc(0)
  const drop = (): void => {
    stop()
    socket.destroy()
  }
  const read = (): void => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    const found = look(bytes)
    if (found === 'more') return
    if (found === 'refuse') {
      drop()
      return
    }
    stop()
    if (found.take < bytes.length) socket.unshift(bytes.subarray(found.take))
    then()
  }
  const timer = setTimeout(drop, withinMs)
  const stop = (): void => {
    clearTimeout(timer)
    socket.off('readable', read)
    socket.off('end', drop)
    socket.off('close', stop)
    socket.off('error', ignore)
  }
  socket.on('readable', read)
  socket.on('end', drop)
  socket.on('close', stop)
  socket.on('error', ignore)
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

/** Whether a connection begins like HTTP/2 with prior knowledge (RFC 9113 section 3.4); `undefined` while it may still. */
export function isHttp2(bytes: Buffer): boolean | undefined {
  const start = bytes.subarray(0, PREFACE.length).toString('latin1')
  if (!PREFACE.startsWith(start)) return false
  // No method of HTTP/1.1 begins so, and nothing shorter is worth the wait for the rest.
  return start.length >= 4 ? true : undefined
}

function ignore(): void {}
