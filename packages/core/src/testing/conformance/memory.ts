import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { definePlugin } from '../../plugin.ts'
import { until } from '../test-gateway.ts'
import { type Ending, startBare } from './bare-gateway.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

/** Rounds at most: a heap takes some to come to rest, under Node 22 more than under 26. */
const ROUNDS = 9
/** Exchanges in one round: so many that the noise of a heap, some 20 KB, is little for each. */
const EXCHANGES = 1_000
/** Exchanges that are asked for by name. */
const NAMED_EXCHANGES = 200
/** Bytes that an exchange may leave behind on average: less than a small object and its place in a map. */
const EXCHANGE_BYTES = 80
/** Reloads in one round. */
const RELOADS = 8
/** Bytes that a reload may leave behind. */
const RELOAD_BYTES = 10_000

/** Endings of which many are cheap: no connection goes with them, whose remains would be counted too. */
const CHEAP: readonly Ending[] = ['passes', 'is refused']

/** Collections for one measurement at most. */
const MOST_COLLECTIONS = 20
/** What a heap gives or takes when nothing happens. */
const NOISE_BYTES = 2_000

/** What is over is forgotten. */
export function memoryChecks(setup: ConformanceSetup): ConformanceCheck[] {
  const area = 'leaks'
  return [
    { area, name: 'lets go of exchanges that are over', run: () => expectLetGo(setup) },
    { area, name: 'keeps no memory per exchange', run: () => expectNoGrowth(setup) },
    { area, name: 'keeps no memory per reload', run: () => expectNoGrowthOverReloads(setup) },
  ]
}

async function expectLetGo(setup: ConformanceSetup): Promise<void> {
  const over: WeakRef<object>[] = []
  const watcher = definePlugin({
    name: 'conformance-watcher',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: ({ hooks }) => hooks.onFinish.tap((exchange) => void over.push(new WeakRef(exchange))),
  })
  await using test = await startBare(setup, [watcher()])
  await test.send(NAMED_EXCHANGES, [...CHEAP, 'fails', 'is abandoned'])
  const kept = async (): Promise<number> => {
    await collect()
    return over.filter((exchange) => exchange.deref() !== undefined).length
  }
  // The last ones may still be on somebody's stack, or their connections about to close.
  const settled = async (): Promise<boolean> => (await kept()) <= NAMED_EXCHANGES / 10
  await until(settled, 'exchanges to be collected', 1_000).catch(async () => {
    throw new Error(
      `${await kept()} of ${over.length} exchanges are still referenced after they are over, some of them refused, failed or ` +
        'abandoned: copy what you need of them, or use a WeakMap, and forget them in onFinish, which is called for all',
    )
  })
}

async function expectNoGrowth(setup: ConformanceSetup): Promise<void> {
  await using test = await startBare(setup)
  const bytes = await growth(() => test.send(EXCHANGES, CHEAP), EXCHANGES, EXCHANGE_BYTES)
  expect(
    bytes <= EXCHANGE_BYTES,
    `Each exchange leaves ${bytes.toFixed(0)} bytes behind: look for a map, list or cache that has no bound, and for listeners ` +
      'that are never taken off',
  )
}

async function expectNoGrowthOverReloads(setup: ConformanceSetup): Promise<void> {
  await using test = await startBare(setup)
  const bytes = await growth(
    async () => {
      for (let i = 0; i < RELOADS; i++) await test.reload()
    },
    RELOADS,
    RELOAD_BYTES,
  )
  expect(
    bytes <= RELOAD_BYTES,
    `Each reload leaves ${bytes.toFixed(0)} bytes behind: look for state outside setup() that remembers each instance, and for ` +
      'what close() does not end',
  )
}

/** Bytes per step by which memory grew in the last two rounds. Ends when that is no more than `enough`. */
async function growth(round: () => Promise<void>, steps: number, enough: number): Promise<number> {
  const left: number[] = []
  let bytes = Number.POSITIVE_INFINITY
  while (left.length < ROUNDS && bytes > enough) {
    await round()
    left.push(await collect())
    const [before, , after] = left.slice(-3)
    if (before !== undefined && after !== undefined) bytes = (after - before) / (2 * steps)
  }
  return bytes
}

/** Collects all garbage; returns the bytes that are left when no more of them go. */
async function collect(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < MOST_COLLECTIONS; i++) {
    // Finalizers, and connections that close, need a moment between collections.
    await sleep(5)
    gc()
    const { heapUsed, external } = process.memoryUsage()
    if (heapUsed + external > least - NOISE_BYTES && i > 2) break
    least = Math.min(least, heapUsed + external)
  }
  return least
}
