/** What real SDKs of both majors send by OTLP is what `gateway.metrics()` says. */
import { metrics as metricsApi } from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { definePlugin, type HistogramMetric, type Metric } from '@postern/core'
import { gauge } from '@postern/core/metrics'
import { createTestGateway, until } from '@postern/core/testing'
import {
  MeterProvider as MeterProvider2,
  PeriodicExportingMetricReader as PeriodicExportingMetricReader2,
} from 'opentelemetry-sdk-metrics-2'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import {
  attributesOf,
  type OtlpMetric,
  type OtlpReceiver,
  startOtlpReceiver,
} from '../_support/otlp-receiver.ts'

const SCOPE = '@postern/plugin-trace'
/** Longer than a test: only `forceFlush` exports. */
const NEVER_MS = 3_600_000

/** A real SDK, registered as the process's. */
interface Sdk extends AsyncDisposable {
  forceFlush(): Promise<void>
}

const SDKS: Readonly<Record<string, (url: string) => MeterProvider | MeterProvider2>> = {
  '3': (url) =>
    new MeterProvider({
      readers: [
        new PeriodicExportingMetricReader({
          exporter: new OTLPMetricExporter({ url }),
          exportIntervalMillis: NEVER_MS,
        }),
      ],
    }),
  '2': (url) =>
    new MeterProvider2({
      readers: [
        new PeriodicExportingMetricReader2({
          exporter: new OTLPMetricExporter({ url }),
          exportIntervalMillis: NEVER_MS,
        }),
      ],
    }),
}

function register(version: string, receiver: OtlpReceiver): Sdk {
  const provider = (SDKS[version] as (typeof SDKS)[string])(`${receiver.url}/v1/metrics`)
  metricsApi.setGlobalMeterProvider(provider)
  return {
    forceFlush: () => provider.forceFlush(),
    async [Symbol.asyncDispose]() {
      metricsApi.disable()
      await provider.shutdown()
    },
  }
}

/** What one export says of us, by name. */
async function exported(from: Sdk, receiver: OtlpReceiver): Promise<ReadonlyMap<string, OtlpMetric>> {
  const before = receiver.resourceMetrics.length
  await from.forceFlush()
  // An SDK that has nothing to say says nothing.
  const [sent] = receiver.resourceMetrics.slice(before)
  const scopes = sent?.scopeMetrics.filter(({ scope }) => scope.name === SCOPE)
  return new Map(scopes?.flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric] as const)))
}

/** Points as text, so that both sides can be compared whatever their order and types. */
function asLines(points: readonly (readonly [Readonly<Record<string, unknown>>, unknown])[]): string[] {
  return points
    .map(([attributes, value]) => {
      const sorted = Object.entries(attributes).map(([name, one]) => `${name}=${String(one)}`)
      return `${sorted.sort().join(' ')}: ${JSON.stringify(value)}`
    })
    .sort()
}

function ofExport(metric: OtlpMetric | undefined): string[] {
  const points = (metric?.histogram ?? metric?.sum ?? metric?.gauge)?.dataPoints ?? []
  return asLines(
    points.map(({ attributes, asDouble, asInt, bucketCounts, explicitBounds, sum }) => [
      attributesOf(attributes),
      bucketCounts ? [bucketCounts.map(Number), explicitBounds, sum] : Number(asDouble ?? asInt),
    ]),
  )
}

function ofGateway(metric: Metric | undefined): string[] {
  if (metric?.kind !== 'histogram')
    return asLines(metric?.points.map(({ attributes, value }) => [attributes, value]) ?? [])
  return asLines(
    metric.points.map(({ attributes, counts, sum }) => [attributes, [counts, metric.bounds, sum]]),
  )
}

/** Buckets as the counters that they are observed as. */
function bucketsOf({ bounds, points }: HistogramMetric): string[] {
  return asLines(
    points.flatMap(({ attributes, counts }) =>
      counts.map((_, bucket) => [
        { ...attributes, le: bounds[bucket] ?? '+Inf' },
        counts.slice(0, bucket + 1).reduce((sum, count) => sum + count, 0),
      ]),
    ),
  )
}

describe.each(Object.keys(SDKS))('with the SDK of major %s', (version) => {
  it('every figure of the gateway is exported, with its unit, and both exports agree', async () => {
    await using receiver = await startOtlpReceiver()
    await using provider = register(version, receiver)
    await using gateway = await createTestGateway([trace()])
    for (let i = 0; i < 5; i++) await (await gateway.fetch('/')).text()
    await gateway.fetch('/', { method: 'POST', body: 'hello' }).then((response) => response.text())
    await gateway.finished(6)
    const sent = await exported(provider, receiver)
    const own = gateway.gateway.metrics()
    for (const metric of own) {
      if (metric.name === 'postern.gateway.overhead') {
        const observed = sent.get('postern.gateway.overhead.bucket')
        expect(ofExport(observed)).toEqual(bucketsOf(metric as HistogramMetric))
        expect(ofExport(sent.get('postern.gateway.overhead.count'))).toEqual([': 6'])
      } else if (metric.points.length > 0) {
        expect({ [metric.name]: ofExport(sent.get(metric.name)) }).toEqual({
          [metric.name]: ofGateway(metric),
        })
        expect(sent.get(metric.name)).toMatchObject({ unit: metric.unit, description: metric.description })
      }
    }
    expect(sent.get('postern.exchanges')?.sum?.isMonotonic).toBe(true)
    expect(sent.get('postern.exchanges.active')?.sum?.isMonotonic).toBe(false)
    expect(sent.get('postern.generation')?.gauge).toBeDefined()
    const [point] = sent.get('http.client.request.duration')?.histogram?.dataPoints ?? []
    expect(attributesOf(point?.attributes ?? [])).toMatchObject({
      'http.response.status_code': 200,
      'server.port': Number(new URL(gateway.upstream.url).port),
    })
  })

  it('after a reload, and with a second gateway, nothing is told twice and nothing is lost', async () => {
    await using receiver = await startOtlpReceiver()
    await using provider = register(version, receiver)
    await using first = await createTestGateway([trace()])
    await using second = await createTestGateway([trace()])
    await (await first.fetch('/')).text()
    await first.reload([trace()])
    await (await first.fetch('/')).text()
    await (await second.fetch('/')).text()
    await first.finished(2)
    await second.finished(1)
    const sent = await exported(provider, receiver)
    expect(ofExport(sent.get('postern.exchanges'))).toEqual([': 3'])
    expect(ofExport(sent.get('postern.generation'))).toEqual([': 2'])
    const [all] = sent.get('http.server.request.duration')?.histogram?.dataPoints ?? []
    expect(Number(all?.count)).toBe(3)
  })

  it('an SDK that comes later is found, and figures of a gateway that is closed are not told any more', async () => {
    await using receiver = await startOtlpReceiver()
    const gateway = await createTestGateway([trace()])
    await (await gateway.fetch('/')).text()
    await using provider = register(version, receiver)
    await until(async () => {
      await (await gateway.fetch('/')).text()
      return (await exported(provider, receiver)).has('postern.exchanges')
    }, 'the SDK to be found')
    await gateway.close()
    await using other = await createTestGateway([trace()])
    await (await other.fetch('/')).text()
    await other.finished(1)
    expect(ofExport((await exported(provider, receiver)).get('postern.exchanges'))).toEqual([': 1'])
  })
})

it('the overflow series has the attribute of the specification', async () => {
  await using receiver = await startOtlpReceiver()
  await using provider = register('3', receiver)
  await using gateway = await createTestGateway([trace({ metrics: { maxSeries: 2 } })])
  for (const method of ['GET', 'PUT', 'DELETE']) await (await gateway.fetch('/', { method })).text()
  await gateway.finished(3)
  const sent = await exported(provider, receiver)
  const points = sent.get('http.server.request.duration')?.histogram?.dataPoints ?? []
  expect(
    points.map(({ attributes, count }) => [attributesOf(attributes)['otel.metric.overflow'], Number(count)]),
  ).toEqual([
    [undefined, 1],
    [true, 2],
  ])
})

it('a state of which several processes come to the highest or the lowest is a gauge, not a sum', async () => {
  const states = definePlugin({
    name: 'states',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: () => ({
      metrics: () =>
        (['sum', 'max', 'min'] as const).map((merge) =>
          gauge(`postern.states.${merge}`, '1', 'A state.', [{ attributes: {}, value: 1 }], merge),
        ),
    }),
  })
  await using receiver = await startOtlpReceiver()
  await using provider = register('3', receiver)
  await using _gateway = await createTestGateway([trace(), states()])
  const sent = await exported(provider, receiver)
  const asSums = ['sum', 'max', 'min'].filter((merge) => sent.get(`postern.states.${merge}`)?.sum)
  const asGauges = ['sum', 'max', 'min'].filter((merge) => sent.get(`postern.states.${merge}`)?.gauge)
  expect({ asSums, asGauges }).toEqual({ asSums: ['sum'], asGauges: ['max', 'min'] })
})

it('with `meter: false` nothing goes to the SDK', async () => {
  await using receiver = await startOtlpReceiver()
  await using provider = register('3', receiver)
  await using gateway = await createTestGateway([trace({ metrics: { meter: false } })])
  await (await gateway.fetch('/')).text()
  await gateway.finished(1)
  expect((await exported(provider, receiver)).size).toBe(0)
})
