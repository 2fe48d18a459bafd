/**
 * A plugin of your own, 60 lines: `GET /_path/<trace id>` shows the way that a request took from service to service,
 * `GET /_path/last` that of the newest one. It tells route names and times to whoever asks, so keep it inside.
 */
import { definePlugin, type Exchange, getHeader } from '@postern/core'
import { traceContext } from '@postern/core/contracts'

/** How many exchanges are kept. The oldest makes room for the newest. */
const KEPT = 1_000
const PREFIX = '/_path/'

interface Hop {
  readonly traceId: string
  /** The span that the upstream got as its parent. */
  readonly sentSpanId: string | undefined
  readonly parentSpanId: string | undefined
  readonly route: string
  readonly status: number
  readonly startedMs: number
  readonly durationMs: number
}

/** Remembers the hops of recent traces and draws them. */
export const pathView = definePlugin({
  name: 'postern-plugin-path-view',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  requires: [traceContext],
  setup(gateway) {
    const ring: Hop[] = []
    let next = 0

    gateway.hooks.preMatch.tap(({ method, path }) => {
      if (method !== 'GET' || !path.startsWith(PREFIX)) return undefined
      const asked = path.slice(PREFIX.length)
      const traceId = asked === 'last' ? ring.at(next - 1)?.traceId : asked
      const hops = ring.filter((hop) => hop.traceId === traceId).sort((a, b) => a.startedMs - b.startedMs)
      const found = traceId !== undefined && hops.length > 0
      return {
        status: found ? 200 : 404,
        headers: ['content-type', 'text/plain; charset=utf-8'],
        body: found ? draw(traceId, hops) : `No hops of that trace among the last ${KEPT} exchanges.\n`,
      }
    })

    gateway.hooks.onFinish.tap((exchange) => {
      const hop = toHop(exchange)
      if (!hop) return
      ring[next] = hop
      next = (next + 1) % KEPT
    })
  },
})

function toHop(exchange: Exchange): Hop | undefined {
  const trace = exchange.get(traceContext)
  if (!trace || !exchange.route) return undefined
  const { traceId, parentSpanId } = trace
  const sentSpanId = getHeader(exchange.upstreamRequestHeaders, 'traceparent')?.split('-')[2]
  const { route, status, startedMs, finishedMs } = exchange
  return {
    traceId,
    sentSpanId,
    parentSpanId,
    route: route.id,
    status,
    startedMs,
    durationMs: finishedMs - startedMs,
  }
}

/** A hop hangs below the one whose span its caller handed on. */
function draw(traceId: string, hops: readonly Hop[]): string {
  const spans = new Set(hops.map(({ sentSpanId }) => sentSpanId))
  const lines = (parent: Hop | undefined, indent: string): string[] =>
    hops
      .filter((hop) => (parent ? hop.parentSpanId === parent.sentSpanId : !spans.has(hop.parentSpanId ?? '')))
      .flatMap((hop) => [
        `${`${indent}${hop.route}`.padEnd(24)} ${hop.status} ${`${hop.durationMs.toFixed(1)} ms`.padStart(10)}`,
        ...lines(hop, `${indent.replace('└─', '  ')}└─ `),
      ])
  return `trace ${traceId}\n${lines(undefined, '').join('\n')}\n`
}
