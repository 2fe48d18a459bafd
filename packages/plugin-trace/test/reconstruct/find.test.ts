import { expect, it } from 'vitest'
import { type ExchangeCriteria, findTraces } from '../../src/reconstruct.ts'
import { line, NOW, span, streamOf } from '../_support/logs.ts'

const id = (number: number) => number.toString(16).padStart(32, 'c')

const LINES = [
  line({ traceId: id(1), spanId: span(1), caller: 'checkout', service: 'orders', route: 'list', startMs: 0 }),
  line({
    traceId: id(2),
    spanId: span(2),
    caller: 'billing',
    service: 'stock',
    alias: 'depot',
    status: 404,
    startMs: 100,
  }),
  line({
    traceId: id(3),
    spanId: span(3),
    caller: 'checkout',
    status: 503,
    error: 'GW_UPSTREAM_TIMEOUT',
    startMs: 200,
  }),
  line({ traceId: id(4), spanId: span(4), durationMs: 900, startMs: 300 }),
  line({ traceId: id(4), spanId: span(5), durationMs: 800, startMs: 250 }),
  JSON.stringify({ msg: 'exchange', traceId: id(5), spanId: span(6) }),
].join('')

const found = async (criteria: ExchangeCriteria, limit?: number) => {
  const { traces } = await findTraces([streamOf(LINES)], criteria, { limit })
  return traces.map(({ traceId }) => Number.parseInt(traceId.replace(/^c+/, ''), 16))
}

it.each<[string, ExchangeCriteria, number[]]>([
  ['a caller', { caller: 'checkout' }, [1, 3]],
  ['a route', { route: 'list' }, [1]],
  ['a service', { service: 'orders' }, [1]],
  ['a service by its old name', { service: 'depot' }, [2]],
  ['a status', { minStatus: 404, maxStatus: 404 }, [2]],
  ['statuses from', { minStatus: 400 }, [2, 3]],
  ['an error', { error: 'GW_UPSTREAM_TIMEOUT' }, [3]],
  ['slow ones', { slowerThanMs: 500 }, [4]],
  ['a time', { sinceMs: NOW + 105, untilMs: NOW + 200 }, [2, 3]],
  ['several at once', { caller: 'checkout', minStatus: 500 }, [3]],
  ['nothing that is there', { caller: 'nobody' }, []],
  ['everything, what has no time first', {}, [5, 1, 2, 3, 4]],
])('finds %s', async (_, criteria, expected) => {
  expect(await found(criteria)).toEqual(expected)
})

it('gives of a trace the exchange that began first, and how many fit', async () => {
  const { traces } = await findTraces([streamOf(LINES)], { slowerThanMs: 500 })
  expect(traces).toMatchObject([{ matches: 2, exchange: { spanId: span(5) } }])
})

it('keeps the newest, and says that there are older ones', async () => {
  const many = Array.from({ length: 5_000 }, (_, number) =>
    line({ traceId: id(number + 1), spanId: span(1), startMs: (number * 7_919) % 5_000 }),
  )
  const { traces, isCut } = await findTraces([streamOf(many.join(''))], {}, { limit: 3 })
  expect(traces.map(({ exchange }) => (exchange.startMs ?? 0) - NOW)).toEqual([4_997, 4_998, 4_999])
  expect(isCut).toBe(true)
  expect(await findTraces([streamOf(LINES)], {}, { limit: 5 })).toMatchObject({ isCut: false })
})
