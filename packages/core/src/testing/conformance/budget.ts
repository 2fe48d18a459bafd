import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

const REQUESTS = 60
/** How long the process is watched while nothing happens. */
const IDLE_MS = 200
/** As often at most, until it is idle once. */
const IDLE_WINDOWS = 10
/** The share of that time that it may be busy. */
const IDLE_SHARE = 0.5

/** A plugin costs little while it works, and nothing while it does not. */
export function budgetChecks({ make, start, pass, budgetMs }: ConformanceSetup): ConformanceCheck[] {
  const area = 'budget'
  return [
    {
      area,
      name: `stays within ${budgetMs} ms of event-loop time per exchange`,
      async run() {
        const { name } = make().definition
        await using test = await start()
        for (let i = 0; i < REQUESTS; i++) await pass(test)
        await test.finished(REQUESTS)
        const stats = test.gateway.stats().plugins.find((plugin) => plugin.name === name)
        const costs = Object.entries(stats?.hooks ?? {}).map(
          ([hook, { cpuMs }]) => [hook, cpuMs / REQUESTS] as const,
        )
        const total = costs.reduce((sum, [, ms]) => sum + ms, 0)
        const each = costs.map(([hook, ms]) => `${ms.toFixed(3)} ms in ${hook}`).join(', ')
        expect(
          total <= budgetMs,
          `It holds the event loop for ${total.toFixed(3)} ms per exchange (${each}); the budget is ${budgetMs} ms. Do less, keep ` +
            'results, or move the work to a worker',
        )
      },
    },
    {
      area,
      name: 'is idle while nothing happens',
      async run() {
        await using test = await start()
        await pass(test)
        await test.finished(1)
        let utilization = 1
        // On a busy machine a loop that is not let onto a processor counts as busy: a timer is there in every window.
        for (let i = 0; i < IDLE_WINDOWS && utilization > IDLE_SHARE; i++)
          utilization = await utilizationIn(IDLE_MS)
        expect(
          utilization <= IDLE_SHARE,
          `With no request under way the event loop is busy ${(utilization * 100).toFixed(0)} % of the time: look for a timer ` +
            'that does too much, or too often',
        )
      },
    },
  ]
}

/** Share of the time, 0 to 1, in which the event loop is busy from now on. */
async function utilizationIn(windowMs: number): Promise<number> {
  const before = performance.eventLoopUtilization()
  await sleep(windowMs)
  return performance.eventLoopUtilization(before).utilization
}
