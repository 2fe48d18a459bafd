/**
 * The gateway in front of each behaviour: what the client gets, what the exchange says, and that nothing of it stays: the next
 * request on the same client connection is answered right, and no upstream connection is left over.
 */
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/index.ts'
import {
  createTestGateway,
  type RequestBehaviour,
  type TestUpstream,
  type UpstreamPlan,
  until,
} from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
/** An upload that is far from over. */
const UPLOAD = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${'u'.repeat(1_000)}`
const POST = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef`

interface Row {
  readonly does: UpstreamPlan
  readonly request?: string
  readonly timeouts?: GatewayOptions['timeouts']
  /** Status of the answer. */
  readonly status: number
  /** Whether the answer is cut behind its head. */
  readonly cut?: true
  /** Code of the exchange's error; none without an error. */
  readonly code?: string
  /** What the body of a good answer looks like. */
  readonly body?: RegExp
  /** Whether the client's connection ends behind the answer: its upload was not read. */
  readonly ends?: true
  /** Whether the upstream ends its connection although it answered well. */
  readonly closes?: true
}

const ECHOED = /"url":"\/"/
const refused = (does: UpstreamPlan, code: string, timeouts?: GatewayOptions['timeouts']): Row => ({
  does,
  code,
  status: code.endsWith('_TIMEOUT') ? 504 : 502,
  ...(timeouts && { timeouts }),
})
const cut = (does: RequestBehaviour, code: string, timeouts?: GatewayOptions['timeouts']): Row => ({
  ...refused(does, code, timeouts),
  status: 200,
  cut: true,
})
const passes = (does: UpstreamPlan, body = ECHOED, more: Partial<Row> = {}): Row => ({
  does,
  body,
  status: 200,
  ...more,
})

const endless = { kind: 'informational', count: Number.POSITIVE_INFINITY } as const

const ROWS: readonly Row[] = [
  passes({ kind: 'echo' }),
  passes({ kind: 'answer', body: 'told' }, /^told$/),

  refused({ kind: 'reset-before-head' }, 'GW_UPSTREAM_RESET'),
  refused({ kind: 'reset-at', bytes: 0 }, 'GW_UPSTREAM_RESET'),
  refused({ kind: 'reset-at', bytes: 1 }, 'GW_UPSTREAM_RESET'),
  refused({ kind: 'reset-at', bytes: 17 }, 'GW_UPSTREAM_RESET'),
  refused({ kind: 'reset-at', bytes: 66 }, 'GW_UPSTREAM_RESET'),
  cut({ kind: 'reset-at', bytes: 67 }, 'GW_UPSTREAM_BODY_CUT'),
  cut({ kind: 'reset-at', bytes: 68 }, 'GW_UPSTREAM_BODY_CUT'),
  cut({ kind: 'reset-at', bytes: 1_066 }, 'GW_UPSTREAM_BODY_CUT'),
  passes({ kind: 'reset-at', bytes: 1_067 }, /^x{1000}$/, { closes: true }),
  cut({ kind: 'reset-in-body', length: 1_000_000, bytes: 500_000 }, 'GW_UPSTREAM_BODY_CUT'),

  refused({ kind: 'silent' }, 'GW_UPSTREAM_HEADERS_TIMEOUT', { headersMs: 100 }),
  refused({ kind: 'stall-in-head' }, 'GW_UPSTREAM_HEADERS_TIMEOUT', { headersMs: 100 }),
  cut({ kind: 'stall-in-body', bytes: 10 }, 'GW_UPSTREAM_IDLE_TIMEOUT', { idleMs: 100 }),
  passes({ kind: 'trickle', chunks: 5, bytes: 10, everyMs: 5 }, /^x{50}$/),
  cut({ kind: 'trickle', chunks: 10_000, bytes: 1, everyMs: 5 }, 'GW_UPSTREAM_TOTAL_TIMEOUT', {
    totalMs: 150,
  }),
  passes({ kind: 'trickle-head', everyMs: 1 }, /^x{5}$/, { closes: true }),
  refused({ kind: 'trickle-head', everyMs: 20 }, 'GW_UPSTREAM_HEADERS_TIMEOUT', { headersMs: 150 }),

  cut({ kind: 'wrong-length', length: 10, bytes: 3 }, 'GW_UPSTREAM_BODY_CUT'),
  cut({ kind: 'wrong-length', length: 10, bytes: 0 }, 'GW_UPSTREAM_BODY_CUT'),
  passes({ kind: 'wrong-length', length: 3, bytes: 10 }, /^xxx$/, { closes: true }),

  cut({ kind: 'bad-chunk', fault: 'size' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  cut({ kind: 'bad-chunk', fault: 'cut' }, 'GW_UPSTREAM_BODY_CUT'),
  cut({ kind: 'bad-chunk', fault: 'no-last' }, 'GW_UPSTREAM_BODY_CUT'),

  refused({ kind: 'ambiguous-length', lengths: 'repeated' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  refused({ kind: 'ambiguous-length', lengths: 'different' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  refused({ kind: 'ambiguous-length', lengths: 'chunked' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  refused({ kind: 'garbage' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  refused({ kind: 'bytes', bytes: '\0\0\0\0' }, 'GW_UPSTREAM_BAD_RESPONSE'),
  refused({ kind: 'bytes', bytes: 'HTTP/1.1 200 OK\r\nX-A: 1', end: 'close' }, 'GW_UPSTREAM_RESET'),

  passes({ kind: 'early-reply', status: 200 }, /^early$/),
  passes({ kind: 'early-reply', status: 200, framing: 'chunked' }, /^early$/),
  passes({ kind: 'early-reply', status: 200 }, /^early$/, { request: UPLOAD, ends: true, closes: true }),
  passes({ kind: 'early-reply', status: 200, framing: 'chunked' }, /^early$/, {
    request: UPLOAD,
    ends: true,
    closes: true,
  }),
  { ...refused({ kind: 'reset-before-head' }, 'GW_UPSTREAM_RESET'), request: UPLOAD, ends: true },
  { ...refused({ kind: 'garbage' }, 'GW_UPSTREAM_BAD_RESPONSE'), request: UPLOAD, ends: true },
  passes({ kind: 'slow-reader', bytes: 2, everyMs: 5 }, /"body":"abcdef"/, { request: POST }),
  passes({ kind: 'slow-accept', delayMs: 100 }),
  refused({ kind: 'slow-accept', delayMs: 400 }, 'GW_UPSTREAM_HEADERS_TIMEOUT', { headersMs: 100 }),

  passes({ kind: 'informational', count: 1 }),
  passes({ kind: 'informational', count: 5_000 }),
  passes({ kind: 'informational', status: 102, count: 5_000 }),
  cut(
    { kind: 'informational', count: 3, next: { kind: 'stall-in-body', bytes: 5 } },
    'GW_UPSTREAM_IDLE_TIMEOUT',
    {
      idleMs: 100,
    },
  ),
  refused(endless, 'GW_UPSTREAM_HEADERS_TIMEOUT', { headersMs: 200 }),

  passes({ kind: 'huge-headers', bytes: 2_000 }, /^$/),
  refused({ kind: 'huge-headers', bytes: 200_000 }, 'GW_UPSTREAM_HEADERS_TOO_LARGE'),
  refused({ kind: 'huge-headers', bytes: 10, count: 20_000 }, 'GW_UPSTREAM_HEADERS_TOO_LARGE'),

  passes({ kind: 'close-after-answer' }, ECHOED, { closes: true }),
  passes({ kind: 'close-after-answer', announced: true }, ECHOED, { closes: true }),
  refused({ kind: 'half-close', at: 'before-answer' }, 'GW_UPSTREAM_RESET'),
  cut({ kind: 'half-close', at: 'in-body' }, 'GW_UPSTREAM_BODY_CUT'),
  passes({ kind: 'half-close', at: 'after-answer' }, /^xxxxx$/, { closes: true }),
]

const titled = ROWS.map(
  (row) => [JSON.stringify(row.does).slice(0, 90), row.status, row.code ?? 'fine', row] as const,
)

describe('the gateway in front of an upstream that does', () => {
  test.each(titled)('%s: %i, %s', async (_does, _status, _code, row) => {
    await using gateway = await createTestGateway([], { timeouts: row.timeouts }, row.does)
    using client = await RawClient.open(gateway.port)
    client.send(row.request ?? GET)

    const kept = row.cut ? await expectCut(client, row) : await expectAnswer(client, row)
    await gateway.finished(1)
    const { error, status } = gateway.exchanges[0] ?? {}
    expect([error?.code, status]).toEqual([row.code, row.status])

    gateway.upstream.behave({ kind: 'echo' })
    // What was given up, or closed by the upstream without a word, must be gone before: else the next request meets it.
    await settled(gateway.upstream, row.code || row.closes ? 0 : 1)
    using next = kept ? undefined : await RawClient.open(gateway.port)
    const response = await (next ?? client).exchange('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    expect([response.status, /"url":"\/next"/.test(response.body)]).toEqual([200, true])
    await settled(gateway.upstream, 1)
    expect(gateway.gateway.stats().inFlight).toBe(0)
  })
})

/** An answer, complete. Gives whether its connection is kept. */
async function expectAnswer(client: RawClient, row: Row): Promise<boolean> {
  const response = await client.response((row.request ?? GET).slice(0, 4).trim())
  expect(response.status).toBe(row.status)
  if (row.code) expect(JSON.parse(response.body)).toMatchObject({ code: row.code, status: row.status })
  else expect(response.body).toMatch(row.body as RegExp)
  expect(response.header('connection')).toBe(row.ends ? 'close' : 'keep-alive')
  return !row.ends
}

/** A head, then a connection that is closed before the body is complete. */
async function expectCut(client: RawClient, row: Row): Promise<boolean> {
  await client.closed()
  expect(client.received).toMatch(new RegExp(`^(HTTP/1.1 10[23][^]*?\\r\\n\\r\\n)*HTTP/1.1 ${row.status} `))
  expect(client.received).not.toMatch(/0\r\n\r\n$/)
  return false
}

function settled(upstream: TestUpstream, most: number): Promise<void> {
  return until(async () => (await upstream.connections()) <= most, `at most ${most} upstream connections`)
}
