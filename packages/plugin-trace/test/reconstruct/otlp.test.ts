import { describe, expect, it } from 'vitest'
import { reconstruct, walkTrace } from '../../src/reconstruct.ts'
import { line, logFolder, NOW, span, streamOf, TRACE } from '../_support/logs.ts'

const nanos = (ms: number) => `${BigInt(NOW + ms) * 1_000_000n}`

interface SpanOptions {
  readonly id: number
  readonly parent?: number
  readonly kind: number | string
  readonly name: string
  readonly from?: number
  readonly to?: number
  readonly attributes?: Readonly<Record<string, string | number>>
  readonly status?: object
}

const otlpSpan = ({ id, parent, kind, name, from = 0, to = 10, attributes = {}, status }: SpanOptions) => ({
  traceId: TRACE.toUpperCase(),
  spanId: span(id),
  ...(parent !== undefined && { parentSpanId: span(parent) }),
  name,
  kind,
  startTimeUnixNano: nanos(from),
  endTimeUnixNano: nanos(to),
  attributes: Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  })),
  status: status ?? {},
})

const request = (service: string, ...spans: readonly object[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{ scope: { name: 'test' }, spans }],
    },
  ],
})

const CHECKOUT = request(
  'checkout',
  otlpSpan({
    id: 1,
    kind: 2,
    name: 'POST /checkout',
    to: 100,
    attributes: { 'http.response.status_code': 502 },
  }),
  otlpSpan({
    id: 2,
    parent: 1,
    kind: 'SPAN_KIND_CLIENT',
    name: 'GET',
    from: 10,
    to: 90,
    status: { code: 2 },
  }),
)

describe('spans in OTLP/JSON', () => {
  it.each([
    ['one request on a line', (text: object[]) => text.map((part) => JSON.stringify(part)).join('\n')],
    [
      'requests over many lines',
      (text: object[]) => text.map((part) => JSON.stringify(part, null, 2)).join('\n'),
    ],
    ['an array of requests', (text: object[]) => JSON.stringify(text)],
  ])('are read: %s', async (_, write) => {
    await using logs = await logFolder()
    const orders = request(
      'orders',
      otlpSpan({ id: 3, parent: 2, kind: 2, name: 'GET "{o}"\\', from: 20, to: 80 }),
    )
    const file = await logs.write('spans.json', write([CHECKOUT, orders]))
    const tree = await reconstruct(TRACE, [file])
    const seen = Array.from(walkTrace(tree.roots), ({ node: { record } }) => [record?.name, record?.spanKind])
    expect(seen).toEqual([
      ['checkout', 'server'],
      ['checkout', 'client'],
      ['orders', 'server'],
    ])
    expect(tree.roots[0]?.record).toMatchObject({ status: 502, durationMs: 100, spanName: 'POST /checkout' })
    expect(tree.roots[0]?.children[0]?.record?.error).toBe('ERROR')
  })

  it.each([
    ['ids in base64', ['TraceId', 'SpanId']],
    ['names in snake case', []],
  ])('are read as libraries for protobuf print them: %s', async (how) => {
    const base64 = (_: string, key: string, id: string) =>
      `"${key}":"${Buffer.from(id, 'hex').toString('base64')}"`
    const snake = (_: string, key: string) =>
      `"${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}":`
    const text = JSON.stringify(CHECKOUT)
    const printed =
      how === 'ids in base64'
        ? text.replace(/"(\w*[dD])":"([0-9a-fA-F]+)"/g, base64)
        : text.replace(/"(\w+)":/g, snake)
    expect(printed).not.toContain(`"traceId":"${TRACE.toUpperCase()}"`)
    for (const id of [TRACE, TRACE.slice(0, 9)]) {
      const tree = await reconstruct(id, [streamOf(printed)])
      expect(tree).toMatchObject({ traceId: TRACE, exchanges: 2, missing: 0 })
      expect(tree.roots[0]?.record).toMatchObject({ name: 'checkout', status: 502, durationMs: 100 })
    }
  })

  it('are known in a stream whatever its pieces', async () => {
    const bytes = Array.from(JSON.stringify(CHECKOUT), (letter) => Buffer.from(letter))
    expect(await reconstruct(TRACE, [streamOf(...bytes)])).toMatchObject({ exchanges: 2 })
  })

  it('are found in a file to which a collector writes all signals, and behind the mark of UTF-8', async () => {
    const others = [{ resourceLogs: [] }, { resourceMetrics: [] }].map((part) => JSON.stringify(part))
    const text = `\ufeff${[...others, JSON.stringify(CHECKOUT)].join('\n')}`
    expect(await reconstruct(TRACE, [streamOf(text)])).toMatchObject({ exchanges: 2 })
  })

  it.each([
    ['between two strings', (text: string) => `${text.slice(0, text.indexOf('"scopeSpans"'))}\n`],
    ['within a string', (text: string) => `${text.slice(0, text.indexOf('checkout') + 3)}\n`],
    ['without a line end', (text: string) => text.slice(0, text.indexOf('"scopeSpans"'))],
  ])('that were cut by a crash hide none after them: %s', async (_, cut) => {
    const text = JSON.stringify(CHECKOUT)
    const orders = JSON.stringify(request('orders', otlpSpan({ id: 3, parent: 2, kind: 2, name: 'GET' })))
    const tree = await reconstruct(TRACE, [streamOf(`${text}\n${cut(text)}${orders}\n${orders}`)])
    expect(tree).toMatchObject({ exchanges: 3, duplicates: 1, scan: { brokenLines: 1 } })
  })

  it('are one with the log line of the same exchange, and its attempts are part of it', async () => {
    const gateway = request(
      'gateway',
      otlpSpan({ id: 5, parent: 2, kind: 2, name: 'GET orders', from: 20, to: 80 }),
      otlpSpan({ id: 6, parent: 5, kind: 3, name: 'GET', from: 21, to: 79 }),
    )
    const lines =
      line({
        spanId: span(5),
        parentSpanId: span(2),
        service: 'orders',
        attemptSpanIds: span(6),
        startMs: 20,
        durationMs: 60,
      }) + line({ spanId: span(7), parentSpanId: span(6), service: 'stock', startMs: 30 })
    const tree = await reconstruct(TRACE, [
      streamOf(JSON.stringify(CHECKOUT)),
      streamOf(lines),
      streamOf(JSON.stringify(gateway)),
    ])
    const seen = Array.from(walkTrace(tree.roots), ({ node, depth }) => [
      depth,
      node.kind,
      node.record?.service,
    ])
    expect(seen).toEqual([
      [0, 'span', undefined],
      [1, 'span', undefined],
      [2, 'exchange', 'orders'],
      [3, 'exchange', 'stock'],
    ])
    expect(tree).toMatchObject({ exchanges: 4, missing: 0, duplicates: 0 })
  })

  it('are read as far as they have the form of spans', async () => {
    const odd = { resourceSpans: [null, {}, { scopeSpans: 7 }, { scopeSpans: [{ spans: [{}, null, 1] }] }] }
    const text = [JSON.stringify({ ...odd, about: TRACE }), JSON.stringify(CHECKOUT)].join('\n')
    expect(await reconstruct(TRACE, [streamOf(text)])).toMatchObject({ exchanges: 2 })
  })

  it('that were cut are counted', async () => {
    const text = JSON.stringify(CHECKOUT)
    const tree = await reconstruct(TRACE, [streamOf(`${text}\n${text.slice(0, -9)}`)])
    expect(tree).toMatchObject({ exchanges: 2, scan: { brokenLines: 1 } })
  })
})
