import { isDeepStrictEqual } from 'node:util'
import type { GatewayOptions } from '../../options.ts'
import type { PluginInstance } from '../../plugin.ts'
import { createTestGateway, type TestGateway } from '../test-gateway.ts'
import type { UpstreamPlan } from '../upstream/behaviour.ts'

/** One check. */
export interface ConformanceCheck {
  /** A sentence. */
  readonly name: string
  /** Rejects when the plugin does not conform, saying what was found. */
  readonly run: () => Promise<void>
}

/** What the checks need to run a plugin. */
export interface ConformanceSetup {
  readonly make: () => PluginInstance
  readonly path: string
  readonly budgetMs: number
  readonly headers: () => Promise<Record<string, string>>
  /** Starts a gateway with the plugin (or what stands in for it) and those beside it. */
  readonly start: (
    plugin?: PluginInstance,
    options?: GatewayOptions,
    plan?: UpstreamPlan,
  ) => Promise<TestGateway>
  readonly beside: () => readonly PluginInstance[]
}

/** Fills in defaults. */
export function resolveSetup(
  make: () => PluginInstance,
  options: {
    readonly beside?: () => readonly PluginInstance[]
    readonly headers?: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
    readonly path?: string
    readonly budgetMs?: number
  },
): ConformanceSetup {
  const beside = options.beside ?? (() => [])
  return {
    make,
    beside,
    path: options.path ?? '/',
    budgetMs: options.budgetMs ?? 5,
    headers: async () => ({ ...(await options.headers?.()) }),
    start: (plugin = make(), gatewayOptions = {}, plan?: UpstreamPlan) =>
      createTestGateway([...beside(), plugin], gatewayOptions, plan),
  }
}

/** Fails a check. */
export function expect(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** Fails a check unless two values are equal. */
export function expectEqual(found: unknown, needed: unknown, what: string): void {
  expect(
    isDeepStrictEqual(found, needed),
    `${what}: found ${JSON.stringify(found)}, need ${JSON.stringify(needed)}`,
  )
}
