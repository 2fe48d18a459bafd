/** Each behaviour does on the wire what its description promises, seen by a client that reads bytes. */
import { describe, expect, test } from 'vitest'
import { createUpstream, type UpstreamPlan, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

/** Everything that comes until the connection is gone. */
async function wireOf(plan: UpstreamPlan, request = GET) {
  await using upstream = await createUpstream(plan)
  using client = await RawClient.open(upstream.port)
  client.send(request)
  await client.closed()
  return { wire: client.received, reset: client.reset }
}

/** What has come when nothing more will, on a connection that stays open. */
async function openWireOf(plan: UpstreamPlan, expected: RegExp) {
  await using upstream = await createUpstream(plan)
  using client = await RawClient.open(upstream.port)
  client.send(GET)
  await until(() => expected.test(client.received), `${expected}, got ${JSON.stringify(client.received)}`)
  return { wire: client.received, open: !client.ended && !client.socket.destroyed }
}

describe('complete answers', () => {
  test('echo: the request as JSON, and the connection is kept', async () => {
    await using upstream = await createUpstream()
    using client = await RawClient.open(upstream.port)
    const first = await client.exchange('POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
    expect(JSON.parse(first.body)).toMatchObject({ method: 'POST', url: '/a?b', body: 'abc' })
    expect((await client.exchange(GET)).status).toBe(200)
    expect([upstream.requests.length, upstream.opened, await upstream.connections()]).toEqual([2, 1, 1])
    expect(upstream.requests[0]?.body().toString()).toBe('abc')
  })

  test('early-reply: the answer comes while the body does, with a length or chunked', async () => {
    for (const framing of ['length', 'chunked'] as const) {
      await using upstream = await createUpstream({ kind: 'early-reply', status: 403, framing })
      using client = await RawClient.open(upstream.port)
      client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc')
      const response = await client.response()
      expect([response.status, response.body]).toEqual([403, 'early'])
      expect(response.header('content-length')).toBe(framing === 'length' ? '5' : undefined)
    }
  })

  test('informational: as many as told, then the answer', async () => {
    const { wire } = await openWireOf({ kind: 'informational', count: 40 }, /"url":"\/a"/)
    expect(wire.match(/HTTP\/1\.1 103 Early Hints\r\nlink: /g)).toHaveLength(40)
    const processing = await openWireOf(
      { kind: 'informational', status: 102, count: 2, next: { kind: 'answer', status: 204 } },
      /204 No Content/,
    )
    expect(processing.wire.match(/HTTP\/1\.1 102 Processing\r\n\r\n/g)).toHaveLength(2)
  })

  test('informational without end: more than a megabyte, and it stops with its connection', async () => {
    await using upstream = await createUpstream({ kind: 'informational', count: Number.POSITIVE_INFINITY })
    using client = await RawClient.open(upstream.port)
    client.send(GET)
    await until(() => client.received.length > 1_048_576, 'a megabyte')
    expect(client.received).not.toContain('200 OK')
    client.destroy()
    await until(async () => (await upstream.connections()) === 0, 'the connection to be gone')
  })

  test('huge-headers: number and size as told', async () => {
    await using upstream = await createUpstream({ kind: 'huge-headers', bytes: 5_000, count: 30 })
    using client = await RawClient.open(upstream.port)
    const { headers } = await client.exchange(GET)
    const huge = headers.filter((_value, i) => i % 2 === 1 && headers[i - 1]?.startsWith('x-huge-'))
    expect([huge.length, huge.every((value) => value === 'x'.repeat(5_000))]).toEqual([30, true])
  })

  test('close-after-answer: complete, then closed, announced or not', async () => {
    for (const announced of [true, false]) {
      const { wire, reset } = await wireOf({ kind: 'close-after-answer', announced })
      expect([/"url":"\/a"/.test(wire), /connection: close/i.test(wire), reset]).toEqual([
        true,
        announced,
        false,
      ])
    }
  })

  test('custom: what the function does', async () => {
    const { wire } = await openWireOf(
      { kind: 'custom', handle: (_request, response) => response.writeHead(418).end() },
      /\r\n\r\n/,
    )
    expect(wire).toMatch(/^HTTP\/1\.1 418 /)
  })
})

describe('cuts', () => {
  test.each([0, 5, 17, 65, 66, 67, 500, 1_066])(
    'reset-at: %i bytes of the response, then a reset',
    async (bytes) => {
      const { wire, reset } = await wireOf({ kind: 'reset-at', bytes })
      expect([wire.length, reset]).toEqual([bytes, true])
      if (bytes >= 67) expect(wire).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-length: 1000\r\n\r\nx*$/)
    },
  )

  test('reset-in-body: a head, so many bytes of the body, a reset', async () => {
    const { wire, reset } = await wireOf({ kind: 'reset-in-body', length: 10, bytes: 3 })
    expect([wire, reset]).toEqual(['HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nxxx', true])
  })

  test('reset-before-head: nothing but a reset', async () => {
    expect(await wireOf({ kind: 'reset-before-head' })).toEqual({ wire: '', reset: true })
  })

  test('stalls stop where they say, and hold the connection', async () => {
    expect((await openWireOf({ kind: 'stall-in-head' }, /./)).wire).toBe('HTTP/1.1 200 OK\r\ncontent-ty')
    const { wire, open } = await openWireOf({ kind: 'stall-in-body', bytes: 7 }, /x{7}/)
    expect([/x{7}\r\n$/.test(wire), open]).toEqual([true, true])
  })

  test.each([
    [10, 3],
    [3, 10],
  ])('wrong-length: says %i, sends %i, closes cleanly', async (length, bytes) => {
    expect(await wireOf({ kind: 'wrong-length', length, bytes })).toEqual({
      wire: `HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n${'x'.repeat(bytes)}`,
      reset: false,
    })
  })

  test.each([
    ['before-answer', /^$/],
    ['in-body', /content-length: 10\r\n\r\nx{5}$/],
    ['after-answer', /content-length: 5\r\n\r\nx{5}$/],
  ] as const)('half-close %s: the end is told, and what the client sends is still read', async (at, wire) => {
    await using upstream = await createUpstream({ kind: 'half-close', at })
    using client = await RawClient.open(upstream.port)
    client.socket.allowHalfOpen = true
    const length = at === 'after-answer' ? 3 : 6
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nabc`)
    await until(() => client.ended, 'the end')
    expect(client.received).toMatch(wire)
    if (length === 6) client.send('def')
    await until(() => upstream.requests[0]?.body().length === length, 'the whole body')
  })
})

describe('broken framing', () => {
  test.each([
    ['size', '3\r\nabc\r\nzz\r\nabc\r\n'],
    ['cut', '3\r\nabc\r\na\r\nabc'],
    ['no-last', '3\r\nabc\r\n'],
  ] as const)('bad-chunk %s', async (fault, body) => {
    const expected = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`
    if (fault === 'size') expect((await openWireOf({ kind: 'bad-chunk', fault }, /zz/)).wire).toBe(expected)
    else expect(await wireOf({ kind: 'bad-chunk', fault })).toEqual({ wire: expected, reset: false })
  })

  test.each([
    ['repeated', /content-length: 5\r\ncontent-length: 5\r\n\r\nhello$/],
    ['different', /content-length: 5\r\ncontent-length: 4\r\n\r\nhello$/],
    ['chunked', /content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/],
  ] as const)('ambiguous-length %s', async (lengths, wire) => {
    expect((await openWireOf({ kind: 'ambiguous-length', lengths }, wire)).open).toBe(true)
  })

  test('garbage and bytes: exactly those, then kept, closed or reset', async () => {
    expect(await wireOf({ kind: 'garbage' })).toEqual({ wire: 'SSH-2.0-OpenSSH_9.2\r\n\r\n', reset: false })
    expect((await openWireOf({ kind: 'bytes', bytes: '\xff\0' }, /\0/)).wire).toBe('\xff\0')
    expect(await wireOf({ kind: 'bytes', bytes: 'abc', end: 'close' })).toEqual({ wire: 'abc', reset: false })
    const bytes = Uint8Array.of(97, 98)
    expect(await wireOf({ kind: 'bytes', bytes, end: 'reset' })).toEqual({ wire: 'ab', reset: true })
  })
})

describe('slowness', () => {
  /** Sizes of the pieces that came, by the turn of the event loop that they came in. */
  async function piecesOf(plan: UpstreamPlan) {
    await using upstream = await createUpstream(plan)
    using client = await RawClient.open(upstream.port)
    const pieces: string[] = []
    client.socket.on('data', (chunk: Buffer) => pieces.push(chunk.toString('latin1')))
    client.send(`${GET.slice(0, -2)}Connection: close\r\n\r\n`)
    await client.closed()
    return pieces
  }

  test('trickle: piece by piece, then a clean end', async () => {
    const pieces = await piecesOf({ kind: 'trickle', chunks: 4, bytes: 3, everyMs: 15 })
    expect(pieces.join('')).toMatch(/^HTTP\/1\.1 200 [\s\S]*(3\r\nxxx\r\n){4}0\r\n\r\n$/)
    expect(pieces.length).toBeGreaterThan(3)
  })

  test('trickle-head: byte by byte', async () => {
    const pieces = await piecesOf({ kind: 'trickle-head', everyMs: 3 })
    expect(pieces.join('')).toBe('HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nxxxxx')
    expect(pieces.length).toBeGreaterThan(20)
  })

  test('slow-reader: takes the body bit by bit, so that a writer has to wait, and has all of it', async () => {
    const length = 8_388_608
    await using upstream = await createUpstream({ kind: 'slow-reader', bytes: 65_536, everyMs: 1 })
    using client = await RawClient.open(upstream.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`)
    client.send(Buffer.alloc(length, 'y'))
    await until(() => (upstream.requests[0]?.body().length ?? 0) > 0, 'the first bytes')
    expect(client.socket.writableLength).toBeGreaterThan(0)
    expect(JSON.parse((await client.response()).body)).toMatchObject({ body: 'y'.repeat(length) })
  })

  test('slow-accept: connected at once, answered later', async () => {
    const next = { kind: 'answer', body: 'late' } as const
    await using upstream = await createUpstream({ kind: 'slow-accept', delayMs: 200, next })
    using client = await RawClient.open(upstream.port)
    client.send(GET)
    await client.flushed()
    const taken = upstream.requests.length
    expect((await client.response()).body).toBe('late')
    expect([taken, upstream.requests.length]).toEqual([0, 1])
    upstream.behave({ kind: 'echo' })
    expect((await client.exchange(GET)).status).toBe(200)
  })
})

describe('plans', () => {
  test('a list: one for each request, the last one stays', async () => {
    await using upstream = await createUpstream([
      { kind: 'answer', status: 201 },
      { kind: 'answer', status: 202 },
    ])
    using client = await RawClient.open(upstream.port)
    const statuses = [await client.exchange(GET), await client.exchange(GET), await client.exchange(GET)]
    expect(statuses.map(({ status }) => status)).toEqual([201, 202, 202])
  })

  test('a function of the request', async () => {
    await using upstream = await createUpstream()
    upstream.behave(({ url }) => ({ kind: 'answer', status: Number(url.slice(1)) }))
    using client = await RawClient.open(upstream.port)
    for (const status of [404, 500, 201])
      expect((await client.exchange(`GET /${status} HTTP/1.1\r\nHost: a\r\n\r\n`)).status).toBe(status)
  })

  test('remember bounds what is kept of requests', async () => {
    await using upstream = await createUpstream({ kind: 'echo' }, { remember: 2 })
    using client = await RawClient.open(upstream.port)
    for (const path of ['/1', '/2', '/3']) await client.exchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(upstream.requests.map(({ url }) => url)).toEqual(['/2', '/3'])
  })
})
