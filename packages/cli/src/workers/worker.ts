/** A worker: serves as its primary asks it to, and outlives the primary only to finish what runs. */
import cluster from 'node:cluster'
import { pagesOf, readPage } from '../admin/source.ts'
import { CommandError, messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { followModules } from '../start/modules.ts'
import { type Loaded, load, type Served } from '../start/served.ts'
import { closeCleanly } from '../start/single.ts'
import type { CallMessage, ReplyMessage, StartFault, WorkerMethods } from './methods.ts'

type Handlers = {
  readonly [TName in keyof WorkerMethods]: (
    input: Parameters<WorkerMethods[TName]>[0],
  ) => ReturnType<WorkerMethods[TName]> | Promise<ReturnType<WorkerMethods[TName]>>
}

/** Runs until the primary says that it ends, or is gone. */
export async function runWorker(): Promise<ExitCode> {
  const { promise, resolve } = Promise.withResolvers<ExitCode>()
  let loaded: Loaded | undefined
  let served: Served | undefined
  const running = (): Served => {
    if (!served) throw new Error('it does not listen yet')
    return served
  }
  const leave = async (graceMs?: number): Promise<ExitCode> =>
    served ? closeCleanly(served, graceMs ?? served.describe().graceMs) : EXIT.ok

  const handlers: Handlers = {
    load: async ({ followModules: follow, ...options }) => {
      if (follow) followModules()
      process.title = `gw worker ${options.worker}`
      const outcome = await attempt(() => load(options))
      if (!outcome.ok) return outcome
      loaded = outcome.value
      return { ok: true, socketMode: loaded.socketMode }
    },
    listen: async () => {
      if (!loaded) throw new Error('it has loaded nothing')
      const outcome = await attempt(loaded.listen)
      if (!outcome.ok) return outcome
      served = outcome.value
      return { ok: true, description: served.describe() }
    },
    reload: ({ text }) => running().reload(text),
    undo: async () => {
      await running().undo()
      return null
    },
    drain: ({ graceMs }) => leave(graceMs),
    readiness: () => running().gateway.readiness(),
    metrics: () => running().gateway.metrics(),
    pages: () => pagesOf(running()),
    page: ({ name, query }) => readPage(running(), name, new URLSearchParams(query)),
  }

  const end = (): void => void leave().then(resolve)
  // The terminal sends it to everybody, and a service manager may: the primary decides.
  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  // For this worker alone: it finishes what runs, and the primary starts another.
  process.once('SIGTERM', end)
  process.on('message', (message: CallMessage) => void answer(message))
  const worker = cluster.worker
  worker?.once('disconnect', () => {
    // Node would end the process at once, and with it what runs.
    worker.exitedAfterDisconnect = true
    end()
  })

  async function answer({ call, method, input }: CallMessage): Promise<void> {
    const reply: ReplyMessage = await Promise.resolve()
      // The types of one method fit each other; which one it is, only the message knows.
      .then(() => (handlers[method] as (input: unknown) => unknown)(input))
      .then(
        (value) => ({ reply: call, value }),
        (error: unknown) => ({ reply: call, fault: messageOf(error) }),
      )
    process.send?.(reply, () => {
      if (method === 'drain') resolve((reply.value as ExitCode | undefined) ?? EXIT.failed)
      else if (isFault(reply.value)) resolve(reply.value.exitCode)
    })
  }
  return promise
}

async function attempt<T>(work: () => Promise<T>): Promise<{ ok: true; value: T } | StartFault> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { ok: false, message: error.message, exitCode: error.exitCode }
  }
}

function isFault(value: unknown): value is StartFault {
  return typeof value === 'object' && value !== null && 'exitCode' in value
}
