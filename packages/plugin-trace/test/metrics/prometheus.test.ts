/** A real Prometheus scrapes a real gateway, and answers questions about it. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Metric } from '@postern/core'
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '@postern/core/metrics'
import { createUpstream, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { refuseAll, routesTo, valuesOf } from '../_support/figures.ts'
import { send, startGateway } from '../_support/harness.ts'
import { tempFolder } from '../_support/lines.ts'
import { hasPrometheus, startPrometheus } from '../_support/prometheus.ts'

/** The queries of the table in docs/operating.md, on what to alert on. */
function alerts(): string[] {
  const text = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8')
  const [, section = ''] = /### What to alert on(.*?)\n`gateway/s.exec(text) ?? []
  return [...section.matchAll(/^\| .*? \| `(.*?)`.* \|$/gm)].map(([, query]) =>
    String(query).replaceAll('\\|', '|'),
  )
}

/** Everything that the text format has to escape. */
const STRANGE = 'say "hi" to C:\\temp\nand {more}="x", ä'

async function serve(read: () => readonly Metric[]) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', PROMETHEUS_CONTENT_TYPE)
    response.end(prometheusText(read()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe.skipIf(!hasPrometheus())('Prometheus', () => {
  it('knows names, types, labels and values of all series', async () => {
    await using upstream = await createUpstream()
    await using folder = await tempFolder()
    await using gateway = await startGateway([
      trace({ metrics: { maxSeries: 4 }, accessLog: { destination: folder.file('access.log') } }),
      routesTo(upstream.url, ['orders', STRANGE]),
      refuseAll({}, { mode: 'shadow' }),
    ])
    for (let i = 0; i < 3; i++) await send(`${gateway.url}/0`)
    await send(`${gateway.url}/1`)
    for (const method of ['PUT', 'DELETE', 'PATCH']) await send(`${gateway.url}/0`, [], method)
    await until(() => gateway.gateway.stats().exchanges === 7, 'seven exchanges')
    await using exposed = await serve(() => gateway.gateway.metrics())
    await using prometheus = await startPrometheus(exposed.address)
    const value = async (promql: string) => (await prometheus.query(promql)).map((sample) => sample.value)
    await until(async () => (await value('postern_exchanges_total'))[0] === 7, 'the first scrape', 20_000)
    expect(await prometheus.target()).toMatchObject({ health: 'up', lastError: '' })

    // Every name of the gateway, with the type that its kind has.
    const known = await prometheus.metadata()
    expect(known).toMatchObject({
      http_server_request_duration_seconds: [{ type: 'histogram' }],
      http_client_request_duration_seconds: [{ type: 'histogram' }],
      postern_gateway_overhead_seconds: [{ type: 'histogram' }],
      postern_exchanges_active: [{ type: 'gauge' }],
      postern_exchanges_total: [{ type: 'counter' }],
      postern_request_body_bytes_total: [{ type: 'counter' }],
      postern_verdicts_total: [{ type: 'counter', help: 'What guards decided' }],
      postern_plugin_time_seconds_total: [{ type: 'counter' }],
      postern_endpoint_connections: [{ type: 'gauge' }],
    })
    expect(Object.keys(known)).toHaveLength(
      gateway.gateway.metrics().filter(({ points }) => points.length > 0).length,
    )

    // What operators are told to alert on can be asked for, and names nothing that is not there.
    expect(alerts().length).toBeGreaterThan(5)
    for (const promql of alerts()) {
      await prometheus.query(promql)
      const names = promql.match(/\b(?:http|postern)_\w+(?=[{[ ]|$)/g) ?? []
      for (const name of names) {
        const bare = name.replace(/_(?:bucket|count|sum)$/, '')
        expect([promql, known[name] ?? known[bare]]).toEqual([promql, expect.anything()])
      }
    }

    const count = 'http_server_request_duration_seconds_count'
    expect(await value(`${count}{http_route="orders",http_request_method="GET"}`)).toEqual([3])
    const strange = (await prometheus.query(`${count}{http_request_method="GET"}`)).map(
      ({ metric }) => metric['http_route'],
    )
    expect(new Set(strange)).toEqual(new Set(['orders', STRANGE]))
    expect(await value(`${count}{otel_metric_overflow="true"}`)).toEqual([2])
    expect(await value(`sum(${count})`)).toEqual([7])

    // The buckets are those of the gateway, summed up, and a quantile can be asked for.
    const duration = gateway.gateway.metrics().find(({ name }) => name === 'http.server.request.duration')
    if (duration?.kind !== 'histogram') throw new Error('no histogram')
    const bucket = 'http_server_request_duration_seconds_bucket'
    for (const [index, le] of [...duration.bounds, Number.POSITIVE_INFINITY].entries()) {
      const below = duration.points.flatMap(({ counts }) => counts.slice(0, index + 1))
      const text = le === Number.POSITIVE_INFINITY ? '+Inf' : String(le)
      expect(await value(`sum(${bucket}{le="${text}"})`)).toEqual([below.reduce((a, b) => a + b, 0)])
    }
    const [median] = await value(`histogram_quantile(0.5, sum by (le) (${bucket}))`)
    expect(median).toBeGreaterThan(0)
    expect(median).toBeLessThanOrEqual(10)
    const sum = duration.points.reduce((total, point) => total + point.sum, 0)
    expect((await value('sum(http_server_request_duration_seconds_sum)'))[0]).toBeCloseTo(sum, 9)

    for (const { attributes, value: own } of valuesOf(gateway.gateway.metrics(), 'postern.verdicts')) {
      const isStrange = attributes['http.route'] === STRANGE
      const selector = isStrange ? 'http_route!="orders"' : 'http_route="orders"'
      expect(await value(`postern_verdicts_total{${selector},postern_decision="deny"}`)).toEqual([own])
    }
    expect(
      await value('postern_endpoint_connections{postern_service="orders",postern_state="used"}'),
    ).toEqual([0])
  })
})
