/** The load: repeats a scenario's question, and reports what it saw in a window of that time. */
import { scenarioNamed } from '../scenarios.ts'
import { Failures } from './load/failures.ts'
import type { IdleConnections } from './load/idle.ts'
import type { LoadJob } from './messages.ts'
import { report, serve } from './serve.ts'

/** What `release` ends. */
let held: { connections: IdleConnections; failures: Failures } | undefined

await serve(
  async () => ({ url: '', close: () => {} }),
  (command) => {
    if (command.type === 'load') void run(command.job)
    else if (command.type === 'hold') void hold(command.job)
    else if (command.type === 'fill') void fill(command.job)
    else if (command.type === 'release') release()
  },
)

async function run(job: LoadJob): Promise<void> {
  const scenario = scenarioNamed(job.scenario)
  const failures = new Failures()
  if (scenario.wire === 'http1') {
    const { loadHttp1 } = await import('./load/http1.ts')
    await loadHttp1(job, scenario, failures)
  } else {
    const { loadLanes } = await import('./load/lanes.ts')
    await loadLanes(job, scenario, failures)
  }
  reportIdle(failures)
}

async function hold(job: LoadJob): Promise<void> {
  const { openIdle } = await import('./load/idle.ts')
  const failures = new Failures()
  held = { connections: await openIdle(job, failures), failures }
  report({ type: 'held' })
}

async function fill(job: LoadJob): Promise<void> {
  const { useAll } = await import('./load/tokens.ts')
  const failures = new Failures()
  await useAll(job, failures)
  reportIdle(failures)
}

function release(): void {
  if (!held) return
  held.connections.close()
  reportIdle(held.failures)
  held = undefined
}

function reportIdle({ told, count }: Failures): void {
  report({ type: 'idle', failures: told, failed: count })
}
