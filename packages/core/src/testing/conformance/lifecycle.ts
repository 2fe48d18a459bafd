import type { PluginHost } from '../../plugin.ts'
import { definePlugin } from '../../plugin.ts'
import { sabotaged } from '../sabotage.ts'
import { until } from '../test-gateway.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectEqual } from './setup.ts'

const REQUESTS = 60
const RELOADS = 6

/** Reload, close and budget. */
export function lifecycleChecks({
  make,
  start,
  path,
  headers,
  beside,
  budgetMs,
}: ConformanceSetup): ConformanceCheck[] {
  return [
    {
      name: 'loses no request when it is reloaded under load',
      async run() {
        await using test = await start()
        const init = { headers: await headers() }
        const statuses: Promise<number>[] = []
        for (let i = 0; i < REQUESTS; i++) {
          statuses.push(
            test.fetch(path, init).then(async (response) => {
              await response.arrayBuffer()
              return response.status
            }),
          )
          if (i % (REQUESTS / RELOADS) === 0) await test.reload([...beside(), make()])
        }
        const bad = (await Promise.all(statuses)).filter((status) => status !== 200)
        expect(bad.length === 0, `${bad.length} of ${REQUESTS} requests got ${[...new Set(bad)].join(', ')}`)
        await until(() => test.gateway.stats().liveGenerations === 1, 'the old generations to be closed')
      },
    },
    {
      name: 'closes twice without harm, and leaves no handle open',
      async run() {
        const before = handles()
        const test = await start()
        await (await test.fetch(path, { headers: await headers() })).arrayBuffer()
        await test.close()
        await test.close()
        await until(() => handles() <= before, `open handles to go back to ${before} (now ${handles()})`)
      },
    },
    {
      name: 'taps nothing after set-up',
      async run() {
        let late: PluginHost | undefined
        const plugin = make()
        const kept = definePlugin({
          ...plugin.definition,
          setup(host: PluginHost, options: unknown) {
            late = host
            return plugin.definition.setup(host, options)
          },
        })(plugin.options, plugin.settings)
        await using test = await start(kept)
        await (await test.fetch(path, { headers: await headers() })).arrayBuffer()
        let code: unknown
        try {
          late?.hooks.onRequest.tap(() => {})
        } catch (error) {
          code = (error as { code?: unknown }).code
        }
        expectEqual(code, 'GW_PLUGIN_TAPPED_LATE', 'What a late tap throws')
      },
    },
    {
      name: `stays within ${budgetMs} ms of event-loop time per exchange`,
      async run() {
        const tapped = new Set<string>()
        const plugin = sabotaged(make(), null, 'throw', tapped)
        await using test = await start(plugin)
        const init = { headers: await headers() }
        for (let i = 0; i < REQUESTS; i++) await (await test.fetch(path, init)).arrayBuffer()
        await test.finished(REQUESTS)
        const stats = test.gateway.stats().plugins.find(({ name }) => name === plugin.definition.name)
        const cpuMs = Object.values(stats?.hooks ?? {}).reduce((sum, hook) => sum + hook.cpuMs, 0) / REQUESTS
        expect(cpuMs <= budgetMs, `It took ${cpuMs.toFixed(3)} ms per exchange`)
      },
    },
  ]
}

/** Handles that keep a process alive, as far as a plugin can leave them: sockets, servers, timers, workers. */
function handles(): number {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|Timeout|Immediate|MessagePort|Worker|FSEvent|Pipe/.test(kind)).length
}
