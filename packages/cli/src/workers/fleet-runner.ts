/** Several workers as one gateway: reloads them together, and answers for all of them. */
import type { Readiness } from '@postern/core'
import type { Page } from '../admin/source.ts'
import { messageOf } from '../errors.ts'
import { say } from '../output.ts'
import type { Description } from '../start/describe.ts'
import type { Runner } from '../start/runner.ts'
import type { ReloadReport } from '../start/served.ts'
import { Figures, workerMetrics } from './figures.ts'
import { Fleet, type FleetOptions } from './fleet.ts'
import type { WorkerMethods } from './methods.ts'
import type { WorkerProcess } from './worker-process.ts'

/** A worker that has not taken over a configuration by then is taken for hung. */
const RELOAD_MS = 30_000
/** A worker that does not answer a page within this time is left out of it. */
const ASK_MS = 2_000

/**
 * Starts the workers.
 * @throws {StartError} when they cannot start.
 */
export async function startWorkers(options: FleetOptions): Promise<Runner> {
  const figures = new Figures<WorkerProcess>()
  const fleet = new Fleet(options, {
    onListening: (worker) => void catchUp(worker),
    onEnded: (worker) => figures.end(worker),
  })

  /** It started with what ran then, and meanwhile all others were reloaded. */
  const catchUp = async (worker: WorkerProcess): Promise<void> => {
    if (worker.revision === fleet.revision) return
    worker.revision = fleet.revision
    const report = await reloadOne(worker, fleet.text)
    if (!report?.ok) worker.kill()
  }

  const reload = async (): Promise<ReloadReport> => {
    const [first, ...others] = fleet.listening
    if (!first) return { ok: false, message: 'No worker runs that could read the file' }
    // One takes it over alone: when the file is not valid, nothing has changed anywhere.
    const report = await reloadOne(first, undefined)
    if (!report) return { ok: false, message: `Worker ${first.number} ended while it took over the file` }
    if (!report.ok) return report
    const { text } = report.description
    const reports = await Promise.all(others.map((worker) => reloadOne(worker, text)))
    const refused = reports.find((one) => one !== undefined && !one.ok)
    if (refused && !refused.ok) {
      const changed = [first, ...others.filter((_, index) => reports[index]?.ok)]
      await Promise.all(changed.map(undo))
      return refused
    }
    become(report.description, [first, ...others])
    return report
  }

  const become = (description: Description, workers: readonly WorkerProcess[]): void => {
    fleet.description = description
    fleet.text = description.text
    fleet.revision++
    for (const worker of workers) worker.revision = fleet.revision
    for (const worker of fleet.listening) void catchUp(worker)
  }

  const restart = async (): Promise<ReloadReport> => {
    fleet.revision++
    const message = await fleet.replaceAll()
    const { description } = fleet
    if (message !== undefined || !description) return { ok: false, message: message ?? 'No worker runs' }
    return { ok: true, description, ignored: [] }
  }

  const ask = <TName extends keyof WorkerMethods>(
    method: TName,
    input: Parameters<WorkerMethods[TName]>[0],
  ): Promise<Answered<ReturnType<WorkerMethods[TName]>>[]> =>
    Promise.all(
      fleet.listening.map((worker) =>
        worker.call(method, input, ASK_MS).then(
          (value) => ({ worker, value }),
          (error: unknown) => ({ worker, fault: messageOf(error) }),
        ),
      ),
    )

  await fleet.start()
  return {
    get description() {
      if (!fleet.description) throw new Error('No worker has started')
      return fleet.description
    },
    workers: workersInWords(fleet),
    gaveUp: fleet.gaveUp,
    reload,
    restart,
    close: (graceMs) => fleet.close(graceMs),
    kill: () => fleet.kill(),
    readiness: async () => readinessOf(fleet, await ask('readiness', null)),
    metrics: async () => {
      for (const { worker, value } of await ask('metrics', null)) if (value) figures.keep(worker, value)
      return [...figures.read(), ...workerMetrics(options.count, fleet.listening.length, fleet.replaced)]
    },
    pages: async () => {
      const names = (await ask('pages', null)).flatMap(({ value }) => value ?? [])
      return [...new Set(names)]
    },
    page: async (name, query) => pageOf(await ask('page', { name, query: query.toString() })),
  }
}

interface Answered<T> {
  readonly worker: WorkerProcess
  readonly value?: T
  /** Why there is no answer. */
  readonly fault?: string
}

/** `undefined` when the worker ended over it, or did not answer and was ended. Its place is taken by one that starts anew. */
async function reloadOne(worker: WorkerProcess, text: string | undefined): Promise<ReloadReport | undefined> {
  try {
    return await worker.call('reload', { text }, RELOAD_MS)
  } catch (error) {
    say(`Worker ${worker.number} could not take over the configuration: ${messageOf(error)}`)
    worker.kill()
    return undefined
  }
}

async function undo(worker: WorkerProcess): Promise<void> {
  try {
    await worker.call('undo', null, RELOAD_MS)
  } catch (error) {
    say(`Worker ${worker.number} could not go back to the configuration before: ${messageOf(error)}`)
    worker.kill()
  }
}

/**
 * Ready when one listens at least, and none of those that listen says that it cannot work: it would get its share of the
 * requests all the same.
 */
function readinessOf(fleet: Fleet, answers: readonly Answered<Readiness>[]): Readiness {
  if (fleet.isClosing) return { ready: false, reasons: ['The gateway is shutting down'] }
  if (answers.length === 0) return { ready: false, reasons: ['No worker listens'] }
  const reasons = answers.flatMap(({ worker, value, fault }) =>
    (value?.reasons ?? [`No answer: ${fault}`]).map((reason) => `worker ${worker.number}: ${reason}`),
  )
  return { ready: reasons.length === 0, reasons }
}

/** What each of them says. */
function pageOf(answers: readonly Answered<Page>[]): Page {
  const entries = answers.filter(({ value }) => value !== null)
  if (entries.length === 0) return null
  // They all understand the same questions.
  const refused = entries.map(({ value }) => value).find((value) => value && 'refusal' in value)
  if (refused) return refused
  const workers = entries.map(({ worker: { number, pid }, value, fault }) =>
    value && 'data' in value ? { worker: number, pid, data: value.data } : { worker: number, pid, fault },
  )
  return { data: { workers } }
}

function workersInWords(fleet: Fleet): string {
  const { listening, options } = fleet
  const pids = listening.map(({ pid }) => pid).join(', ')
  const words = `${options.count} (pid ${pids})`
  return listening.length === options.count ? words : `${listening.length} of ${words}`
}
