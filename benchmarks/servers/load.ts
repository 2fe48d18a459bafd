/** The load: repeats a scenario's request with autocannon, and reports what it saw in a window of that time. */
import { createHistogram, performance } from 'node:perf_hooks'
import autocannon from 'autocannon'
import { requestHeaders, scenarioNamed } from '../scenarios.ts'
import type { LoadJob } from './messages.ts'
import { report, serve } from './serve.ts'

/** The longest latency that the histogram holds, in microseconds; autocannon gives up on a request before. */
const LONGEST_MICROS = 60_000_000

await serve(
  async () => ({ url: '', close: () => {} }),
  (command) => {
    if (command.type === 'load') run(command.job)
  },
)

function run(job: LoadJob): void {
  const scenario = scenarioNamed(job.scenario)
  const { method, path, body } = scenario.request
  const failures: string[] = []
  const options = {
    url: job.url + path,
    method,
    headers: requestHeaders(scenario, job.token),
    ...(body === undefined ? {} : { body }),
    connections: scenario.connections,
    // Ended by `stop` below; the reserve only keeps it from ending first.
    duration: job.settleSeconds + job.windowSeconds + 60,
    sampleInt: 50,
  }
  const load = autocannon(options, (error: Error | null) => {
    if (error) failures.push(error.message)
    report({ type: 'idle', failures: failures.slice(0, 10) })
  })
  const micros = createHistogram({ lowest: 1, highest: LONGEST_MICROS, figures: 3 })
  let requests = 0
  load.on('response', (_client, status, _bytes, ms) => {
    requests++
    micros.record(Math.min(LONGEST_MICROS, Math.max(1, Math.round(ms * 1000))))
    if (status !== scenario.response.status) failures.push(`status ${status}`)
  })
  load.on('reqError', (error) => failures.push(String(error)))

  const close = (openedAt: number) => {
    const seconds = (performance.now() - openedAt) / 1000
    const percentile = (p: number) => micros.percentile(p) / 1000
    report({ type: 'closed', result: { requests, seconds, p50Ms: percentile(50), p99Ms: percentile(99) } })
    load.stop()
  }
  setTimeout(() => {
    requests = 0
    micros.reset()
    report({ type: 'open' })
    setTimeout(close, job.windowSeconds * 1000, performance.now())
  }, job.settleSeconds * 1000)
}
