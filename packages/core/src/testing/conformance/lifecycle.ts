import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginHandle } from '../../plugin-host.ts'
import { until } from '../test-gateway.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, pluginFaults } from './setup.ts'

const REQUESTS = 60
const RELOADS = 6
/** How long a plugin may take to close. */
const CLOSE_MS = 3_000
const TRICKLE = { kind: 'trickle', chunks: 10, bytes: 1, everyMs: 20 } as const

/** Reload, close, set-up. */
export function lifecycleChecks(setup: ConformanceSetup): ConformanceCheck[] {
  const area = 'lifecycle'
  return [
    { area, name: 'loses no request when it is reloaded under load', run: () => expectNoLoss(setup) },
    { area, name: 'closes, and closes twice without harm', run: () => expectClosing(setup) },
    { area, name: 'taps nothing after set-up', run: () => expectTapsInTime(setup) },
  ]
}

async function expectNoLoss({ start, pass, plugins }: ConformanceSetup): Promise<void> {
  await using test = await start({ plan: [TRICKLE, { kind: 'echo' }] })
  // One exchange lives through all the reloads, in its own generation.
  const long = pass(test)
  long.catch(() => undefined)
  await until(() => test.upstream.requests.length === 1, 'the long exchange to begin')
  const statuses: Promise<number>[] = []
  for (let i = 0; i < REQUESTS; i++) {
    statuses.push(pass(test).then(({ status }) => status))
    if (i % (REQUESTS / RELOADS) === 0) await test.reload(plugins(test.upstream.url))
  }
  const bad = (await Promise.all(statuses)).filter((status) => status !== 200)
  const why = pluginFaults(test).join('. ')
  expect(
    bad.length === 0,
    `${bad.length} of ${REQUESTS} requests got ${[...new Set(bad)].join(', ')}. ${why}`,
  )
  const { status, body } = await long
  expect(
    status === 200 && body.length === TRICKLE.chunks,
    `An exchange that ran through the reloads got ${status} and ${body.length} of ${TRICKLE.chunks} bytes. ${why}`,
  )
  await until(() => test.gateway.stats().liveGenerations === 1, 'the old generations to be closed', CLOSE_MS)
}

async function expectClosing({ start, pass }: ConformanceSetup): Promise<void> {
  let handle: PluginHandle | undefined
  let closing: Promise<unknown> | undefined
  const test = await start({
    change: (plugin) =>
      wrapPlugin(plugin, {
        around(where, call, subject) {
          const result = where === 'close' ? run(() => call(subject)) : call(subject)
          if (where === 'setup') handle = result as PluginHandle | undefined
          if (where === 'close') closing = result as Promise<unknown>
          return result
        },
      }),
  })
  await pass(test)
  await test.close()
  await closesWell(closing, 'close()', 'End what it waits for, or do not wait')
  const again = run(() => handle?.close?.())
  await closesWell(again, 'close(), called a second time,', 'Remember that it is closed, and return')
}

/** A function that throws, and one that rejects, are the same. */
async function run(fn: () => unknown): Promise<unknown> {
  return await fn()
}

async function closesWell(closing: Promise<unknown> | undefined, what: string, fix: string): Promise<void> {
  const failed = closing?.then(
    () => undefined,
    (thrown: unknown) => `threw ${String(thrown)}`,
  )
  const timer = new AbortController()
  const late = sleep(CLOSE_MS, `did not end within ${CLOSE_MS} ms`, { signal: timer.signal })
  late.catch(() => undefined)
  const failure = await Promise.race([failed, late])
  timer.abort()
  expect(failure === undefined, `${what} ${failure}. ${fix}`)
}

async function expectTapsInTime({ start, pass }: ConformanceSetup): Promise<void> {
  const late: string[] = []
  let started = false
  let inside = 'no hook'
  await using test = await start({
    change: (plugin) =>
      wrapPlugin(plugin, {
        around(where, call, subject) {
          const outer = inside
          inside = where
          try {
            return call(subject)
          } finally {
            inside = outer
          }
        },
        onTap: (hook) => {
          if (started) late.push(`${hook} (from ${inside})`)
        },
      }),
  })
  started = true
  await pass(test)
  await test.finished(1)
  expect(
    late.length === 0,
    `It taps ${late.join(', ')} after set-up, which core refuses: tap in setup(), or in an onRoute tap for a route's hooks`,
  )
}
