import { createGateway } from '../../gateway.ts'
import type { GatewayOptions } from '../../options.ts'
import type { PluginInstance } from '../../plugin.ts'
import { createUpstream } from '../upstream/server.ts'
import type { ConformanceSetup } from './setup.ts'

/** How an exchange goes: each way past the plugin is one on which it may forget to forget. */
export type Ending = 'passes' | 'is refused' | 'fails' | 'is abandoned'

/** Exchanges under way at once. */
const PARALLEL = 10

/** Tells the upstream how an exchange is to end: `fails`, or the number of the one that is to be abandoned. */
const ENDING = 'x-conformance-ending'

/** A gateway for many exchanges: nothing of it remembers them. */
export interface BareGateway extends AsyncDisposable {
  /** Sends so many requests; they end in turn as told. */
  send(count: number, endings: readonly Ending[]): Promise<void>
  /** Reloads with fresh instances, and sends one request. */
  reload(): Promise<void>
}

/** Starts one with the plugin, and more beside it. */
export async function startBare(
  { plugins: make, path, headers }: ConformanceSetup,
  more: readonly PluginInstance[] = [],
): Promise<BareGateway> {
  const abandoned: AbortController[] = []
  const upstream = await createUpstream(
    ({ headers: { [ENDING]: ending } }) => {
      if (ending === undefined) return { kind: 'echo' }
      if (ending === 'fails') return { kind: 'reset-before-head' }
      abandoned[Number(ending)]?.abort()
      return { kind: 'silent' }
    },
    { remember: 0 },
  )
  const plugins = (): PluginInstance[] => [...make(upstream.url), ...more]
  const options: GatewayOptions = { upstream: upstream.url, logger: false }
  const gateway = createGateway(plugins(), options)
  const passing = await headers()

  async function one(ending: Ending): Promise<void> {
    const init: RequestInit & { headers: Record<string, string> } = {
      headers: ending === 'is refused' ? {} : { ...passing },
    }
    if (ending === 'fails') init.headers[ENDING] = 'fails'
    if (ending === 'is abandoned') {
      const controller = new AbortController()
      init.signal = controller.signal
      init.headers[ENDING] = String(abandoned.push(controller) - 1)
    }
    await gateway.fetch(`http://service${path}`, init).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    )
  }

  return {
    async send(count, endings) {
      for (let i = 0; i < count; i += PARALLEL) {
        const batch = Array.from(
          { length: PARALLEL },
          (_, k) => endings[(i + k) % endings.length] ?? 'passes',
        )
        await Promise.all(batch.map(one))
      }
      abandoned.length = 0
    },
    async reload() {
      await gateway.reload(plugins(), options)
      await one('passes')
    },
    async [Symbol.asyncDispose]() {
      await gateway.close({ graceMs: 1_000 })
      await upstream.close()
    },
  }
}
