/** What a running gateway says of itself, workers put together. */
import type { RouteInfo } from '@postern/core'
import type { AuthReport } from '@postern/plugin-auth'
import type { RouteState, ServiceState } from '@postern/plugin-routing'
import { type AdminClient, workersIn } from '../admin/client.ts'
import { readMetrics, type Scrape } from './metrics-text.ts'

/** One look. */
export interface Look {
  /** When it was taken, on the clock of `performance.now()`. */
  readonly atMs: number
  readonly readiness: { readonly ready: boolean; readonly reasons: readonly string[] }
  readonly generation: {
    readonly generation: number
    readonly since?: string | undefined
    readonly workers: number
  }
  readonly routes: readonly RouteInfo[]
  readonly metrics: Scrape
  /** Of each worker; none without plugin-routing. */
  readonly targets: readonly (readonly RouteState[])[]
  /** Of each worker; none without plugin-routing. */
  readonly services: readonly (readonly ServiceState[])[]
  /** Of each worker; none without a census. */
  readonly census: readonly Pick<AuthReport, 'byRoute'>[]
}

/** @throws {AdminError} when the gateway cannot be asked. */
export async function lookAt(client: AdminClient): Promise<Look> {
  const [readiness, generation, routes, metrics, targets, services, census] = await Promise.all([
    client.data('readyz'),
    client.data('generation'),
    client.data('routes'),
    client.text('metrics'),
    client.data('targets'),
    client.data('services'),
    client.data('census'),
  ])
  const generations = workersIn<{ readonly generation?: number; readonly since?: string } | null>(generation)
  return {
    atMs: performance.now(),
    readiness: { ready: false, reasons: [], ...(readiness as object | undefined) },
    generation: {
      generation: Math.max(0, ...generations.map(({ data }) => data?.generation ?? 0)),
      since: generations[0]?.data?.since,
      workers: generations[0]?.worker === undefined ? 0 : generations.length,
    },
    routes: workersIn<readonly RouteInfo[] | undefined>(routes)[0]?.data ?? [],
    metrics: readMetrics(metrics ?? ''),
    targets: dataOf<readonly RouteState[]>(targets),
    services: dataOf<readonly ServiceState[]>(services),
    census: dataOf<{ readonly report: AuthReport }>(census).map(({ report }) => report),
  }
}

function dataOf<T extends object>(answer: unknown): readonly T[] {
  // A list of lists must stay one: `flatMap` would take them apart.
  return workersIn<T | null | undefined>(answer).flatMap(({ data }) => (data ? [data] : []))
}
