/** What the access logs of gateways say of auth and traces: paths are rebuilt, and timed. */
import type { Library } from '../trace/library.ts'

/** The answers of access logs. */
export interface GatewayLogs {
  readonly exchanges: number
  /** Ways in which callers proved themselves, with their calls. */
  readonly schemes: readonly (readonly [scheme: string, calls: number])[]
  /** Calls of callers that proved nothing. */
  readonly withoutAuth: number
  readonly services: readonly string[]
  /** Traces that were rebuilt, those with the most hops. */
  readonly rebuilt: number
  /** Of these, traces in which nothing is missing. */
  readonly whole: number
  /** The longest of these rebuilds, in milliseconds. */
  readonly rebuildMs: number | undefined
  /** Services that get a trace and call others without it. */
  readonly dropping: readonly string[]
}

const TRACES = 200
const REBUILT = 5

/** Reads access logs; `undefined` when there is no exchange in them. */
export async function readGatewayLogs(
  library: Library,
  sources: readonly string[],
  signal: AbortSignal,
): Promise<GatewayLogs | undefined> {
  const { edges, scan } = await library.mapEdges([...sources], { signal })
  if (scan.exchanges === 0) return undefined
  const schemes = new Map<string, number>()
  let withoutAuth = 0
  for (const { auth, calls } of edges) {
    for (const scheme of auth) schemes.set(scheme, (schemes.get(scheme) ?? 0) + calls)
    if (auth.length === 0) withoutAuth += calls
  }
  const { traces } = await library.findTraces([...sources], {}, { limit: TRACES, signal })
  const widest = [...traces].sort((a, b) => b.matches - a.matches).slice(0, REBUILT)
  let whole = 0
  let rebuildMs: number | undefined
  for (const { traceId } of widest) {
    const started = performance.now()
    const tree = await library.reconstruct(traceId, [...sources], { signal })
    rebuildMs = Math.max(rebuildMs ?? 0, performance.now() - started)
    if (tree.missing === 0 && tree.roots.length === 1) whole++
  }
  const { services } = await library.checkContinuity([...sources], { signal })
  return {
    exchanges: scan.exchanges,
    schemes: [...schemes].sort(([, a], [, b]) => b - a),
    withoutAuth,
    services: [...new Set(edges.map(({ callee }) => callee))].sort(),
    rebuilt: widest.length,
    whole,
    rebuildMs,
    dropping: services.filter(({ verdict }) => verdict === 'drops').map(({ service }) => service),
  }
}
