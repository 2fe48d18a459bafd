/** Writes exact bytes to the gateway, and keeps what comes back. */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { cutUp } from './upstream.ts'

/** How long a client waits for an answer, and how long for the end of the connection once it has said its own. */
const ANSWER_MS = 2_000
const CLOSE_MS = 5_000
/** What a lenient parser would make of bytes that are no request gets this long to do harm. */
const LURK_MS = 4

/** What came back. */
export interface Received {
  /** Latin-1. */
  readonly text: string
  /** Whether the gateway ended the connection in time. */
  readonly closed: boolean
}

/** What a client waits for before it says that nothing follows. */
export interface Patience {
  /** So many answers, unless the gateway closes. */
  readonly answers: number
  /** Whether nothing but whole requests is sent. */
  readonly isWhole: boolean
}

/** Sends bytes in pieces and waits until the connection is over. */
export async function deliver(
  port: number,
  bytes: string,
  pieces: readonly number[],
  { answers, isWhole }: Patience,
): Promise<Received> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  let wake = (): void => {}
  const closed = new Promise<boolean>((resolve) => socket.on('close', () => resolve(true)))
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
    if ((text.match(/HTTP\/1\.1 [2-5]\d\d/g) ?? []).length >= answers) wake()
  })
  const answered = new Promise<void>((resolve) => {
    wake = resolve
  })
  for (const piece of cutUp(bytes, pieces)) {
    if (socket.destroyed) break
    socket.write(Buffer.from(piece, 'latin1'))
    await delay(1)
  }
  if (answers > 0) await within(ANSWER_MS, Promise.race([answered, closed]))
  // node:http gives up what runs when its client says that nothing follows.
  if (!isWhole) await delay(LURK_MS)
  socket.end()
  const inTime = (await within(CLOSE_MS, closed)) === true
  socket.destroy()
  return { text, closed: inTime }
}

/** What a promise resolves with, or `undefined` when that takes too long. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
