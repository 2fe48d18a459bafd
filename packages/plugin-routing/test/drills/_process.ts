import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

const SERVICE = new URL('./_service.mjs', import.meta.url)

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly name: string
  readonly port: number
  readonly url: string
  /** Share of its answers that are 500 from here on. */
  fail(share: number): void
  /** How many requests it has got, health checks left out. */
  served(): Promise<number>
  /** Kills it, as the system would. */
  kill(): void
  /** Resolves when it is gone. */
  readonly gone: Promise<unknown>
  /** Starts it again, on the same port. */
  restart(): Promise<ServiceProcess>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts one, on an address of loopback; it listens when this resolves. */
export async function startProcess(
  name: string,
  delayMs = 0,
  port = 0,
  host = '127.0.0.1',
): Promise<ServiceProcess> {
  const child = fork(SERVICE, [name, String(port), String(delayMs), host], { execArgv: [] })
  const { port: bound } = await message<{ port: number }>(child)
  const gone = once(child, 'exit')
  return {
    name,
    port: bound,
    url: `http://${host}:${bound}`,
    fail: (share) => void child.send({ failing: share }),
    async served() {
      child.send('served')
      return (await message<{ served: number }>(child)).served
    },
    kill: () => void child.kill('SIGKILL'),
    gone,
    restart: () => startProcess(name, delayMs, bound, host),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function message<TMessage>(child: ChildProcess): Promise<TMessage> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The service ended before it spoke')))
  const [first] = (await Promise.race([once(child, 'message'), ended])) as [TMessage]
  return first
}
