import { createGateway } from '@postern/core'
import { createUpstream } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { send, sendHttp2, startGateway } from '../_support/harness.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
const SENT = [
  'traceparent',
  `00-${TRACE}-${CALLER_SPAN}-01`,
  'tracestate',
  'a=1',
  'baggage',
  'b=2',
  'b3',
  `${TRACE}-${CALLER_SPAN}-1`,
]

describe("a caller's context", () => {
  it.each([
    ['true', true],
    ['continue', 'continue'],
    ['its address', { addresses: ['10.0.0.0/8', '127.0.0.1'] }],
  ] as const)('is continued by trust: %s', async (_, trust) => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ trust })], { upstream: upstream.url })
    await send(gateway.url, SENT)
    expect(await gateway.access(1)).toMatchObject([{ traceId: TRACE, parentSpanId: CALLER_SPAN }])
    expect(upstream.requests[0]?.headers).toMatchObject({ tracestate: 'a=1', baggage: 'b=2' })
  })

  it.each([
    ['false', false],
    ['restart', 'restart'],
    ['another address', { addresses: ['10.0.0.0/8'] }],
  ] as const)('ends here by trust: %s', async (_, trust) => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ trust })], { upstream: upstream.url })
    await send(gateway.url, SENT)
    expect(JSON.stringify(await gateway.access(1))).not.toContain(TRACE)
    const headers = upstream.requests[0]?.headers ?? {}
    expect(JSON.stringify(headers)).not.toContain(TRACE)
    for (const name of ['tracestate', 'baggage', 'b3']) expect(headers[name]).toBeUndefined()
  })

  it.each([['link'], [{ addresses: [], others: 'link' }]] as const)(
    'ends here, but is named, by trust: %j',
    async (trust) => {
      await using upstream = await createUpstream()
      await using gateway = await startGateway([trace({ trust })], { upstream: upstream.url })
      await send(gateway.url, SENT)
      const [line] = await gateway.access(1)
      expect(line).toMatchObject({ linkedTraceId: TRACE, linkedSpanId: CALLER_SPAN })
      expect(line?.['parentSpanId']).toBeUndefined()
      expect(line?.['traceId']).not.toBe(TRACE)
      expect(JSON.stringify(upstream.requests[0]?.headers)).not.toContain(TRACE)
    },
  )

  it('is judged by the listener before the address, over HTTP/1.1 and HTTP/2', async () => {
    await using upstream = await createUpstream()
    const trust = {
      listeners: { public: 'restart', partners: 'link' },
      addresses: ['127.0.0.1'],
    } as const
    await using gateway = await startGateway([trace({ trust })], { upstream: upstream.url })
    for (const name of ['public', 'partners', 'inner']) {
      const { url } = await gateway.gateway.listen({ port: 0, name })
      await send(url, SENT)
      await sendHttp2(url, SENT)
    }
    const lines = await gateway.access(6)
    const became = lines.map(({ listener, httpVersion, traceId, linkedTraceId }) => [
      listener,
      httpVersion,
      traceId === TRACE ? 'continued' : linkedTraceId === TRACE ? 'linked' : 'restarted',
    ])
    expect(became).toEqual([
      ['public', '1.1', 'restarted'],
      ['public', '2.0', 'restarted'],
      ['partners', '1.1', 'linked'],
      ['partners', '2.0', 'linked'],
      ['inner', '1.1', 'continued'],
      ['inner', '2.0', 'continued'],
    ])
    const sent = upstream.requests.map(({ headers }) => JSON.stringify(headers).includes(TRACE))
    expect(sent).toEqual([false, false, false, false, true, true])
  })

  it.each([
    ['continued, where only listeners are named', { listeners: { public: 'restart' } }, TRACE],
    ['ended, where others are', { listeners: { inner: 'continue' }, others: 'restart' }, undefined],
  ] as const)('of another listener is %s', async (_, trust, traceId) => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ trust })], { upstream: upstream.url })
    await send(gateway.url, SENT)
    const [line] = await gateway.access(1)
    if (traceId === undefined) expect(line?.['traceId']).not.toBe(TRACE)
    else expect(line?.['traceId']).toBe(traceId)
  })

  it('names the address that is none', () => {
    expect(() =>
      createGateway([trace({ trust: { addresses: ['10.0.0.0/33'] } })], { logger: false }),
    ).toThrow(expect.objectContaining({ code: 'GW_PLUGIN_OPTIONS_INVALID' }) as Error)
  })
})
