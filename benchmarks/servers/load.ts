/** The load: repeats a scenario's question, and reports what it saw in a window of that time. */
import { scenarioNamed } from '../scenarios.ts'
import { Failures } from './load/failures.ts'
import type { LoadJob } from './messages.ts'
import { report, serve } from './serve.ts'

await serve(
  async () => ({ url: '', close: () => {} }),
  (command) => {
    if (command.type === 'load') void run(command.job)
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
  report({ type: 'idle', failures: failures.told, failed: failures.count })
}
