/** Real upstreams that misbehave on demand. */
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net'
import { act, followPlan, type UpstreamPlan } from './behaviour.ts'
import { Call, type SeenRequest } from './call.ts'

/** What else may be said of an upstream. */
export interface UpstreamOptions {
  /** How many requests it remembers, the newest. A test of many thousands would otherwise hold them all. Default: all. */
  readonly remember?: number
}

/** A running upstream. */
export interface TestUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** The port. */
  readonly port: number
  /** Every request so far, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** Connections that were opened so far. */
  readonly opened: number
  /** Connections that are open now. */
  connections(): Promise<number>
  /** Changes what it does from the next request on. */
  behave(plan: UpstreamPlan): void
  /** Stops it and cuts its connections. */
  close(): Promise<void>
}

/** Starts an upstream on a free port of 127.0.0.1. */
export async function createUpstream(
  plan: UpstreamPlan = { kind: 'echo' },
  { remember = Number.POSITIVE_INFINITY }: UpstreamOptions = {},
): Promise<TestUpstream> {
  let current = plan
  let pick = followPlan(plan)
  let opened = 0
  const requests: SeenRequest[] = []
  const sockets = new Set<Socket>()

  const http = createServer({ keepAliveTimeout: 60_000, noDelay: true }, (request, response) => {
    const call = new Call(request, response, act)
    requests.push(call.seen)
    if (requests.length > remember) requests.shift()
    act(pick(call.seen), call)
  })
  http.on('clientError', (_error, socket) => socket.destroy())

  // node:http reads from a connection as soon as it has it: a listener of our own can let it wait.
  const listener = createListener({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (socket) => {
    opened++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    const take = (): void => {
      http.emit('connection', socket)
      socket.resume()
    }
    if (typeof current !== 'object' || !('kind' in current) || current.kind !== 'slow-accept') return take()
    const timer = setTimeout(take, current.delayMs)
    socket.on('close', () => clearTimeout(timer))
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      listener.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get opened() {
      return opened
    },
    connections: () => Promise.resolve(sockets.size),
    behave(next) {
      current = next
      pick = followPlan(next)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
