import type { EventEmitter } from 'node:events'
import { until } from '../test-gateway.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import { ResourceWatch } from './resource-watch.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

const REQUESTS = 20
/** How long what was closed may take to be gone. */
const GONE_MS = 3_000

/** What lives as long as the process, and gets listeners by mistake. */
const SHARED: readonly (readonly [string, EventEmitter])[] = [
  ['process', process],
  ['process.stdout', process.stdout],
  ['process.stderr', process.stderr],
]

/** A plugin that is closed leaves the process as it found it. */
export function leakChecks({ start, pass }: ConformanceSetup): ConformanceCheck[] {
  const area = 'leaks'
  return [
    {
      area,
      name: 'leaves no timer, socket or worker behind when it is closed',
      async run() {
        using watch = new ResourceWatch()
        const test = await start({
          change: (plugin) =>
            wrapPlugin(plugin, {
              around: (where, call, subject) => watch.run(where, () => call(subject)),
            }),
        })
        await pass(test)
        await test.close()
        await until(() => watch.left().length === 0, 'everything that it started to end', GONE_MS).catch(
          () => {
            throw new Error(`After close() there is still ${watch.left().join('; ')}: end it in close()`)
          },
        )
      },
    },
    {
      area,
      name: 'leaves no listener behind, after an exchange or when it is closed',
      async run() {
        const before = listeners()
        const test = await start()
        await pass(test)
        const afterOne = listeners()
        for (let i = 0; i < REQUESTS; i++) await pass(test)
        const perExchange = added(afterOne, listeners())
        await test.close()
        expect(
          perExchange.length === 0,
          `After ${REQUESTS} more exchanges there are more listeners of ${perExchange.join(', ')}: listen once, in setup()`,
        )
        const left = added(before, listeners())
        expect(
          left.length === 0,
          `After close() there are still listeners of ${left.join(', ')}: take them off in close()`,
        )
      },
    },
  ]
}

/** How many listeners each event of the shared emitters has. */
function listeners(): Map<string, number> {
  return new Map(
    SHARED.flatMap(([name, emitter]) =>
      emitter
        .eventNames()
        .map((event) => [`${name} "${String(event)}"`, emitter.listenerCount(event)] as const),
    ),
  )
}

/** Events that have more listeners than before. */
function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): string[] {
  return [...after].filter(([event, count]) => count > (before.get(event) ?? 0)).map(([event]) => event)
}
