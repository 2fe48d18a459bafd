import { once } from 'node:events'
import { chmod, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { findTraces, reconstruct } from '../../src/reconstruct.ts'
import { line, logFolder, NOW, span, streamOf, TRACE } from '../_support/logs.ts'

const rebuild = (text: string) => reconstruct(TRACE, [streamOf(text)])
const only = line({ spanId: span(1), service: 'orders' })

describe('where lines are', () => {
  it('reads a folder with what a rotation left, plain and packed, and a stream beside it', async () => {
    await using logs = await logFolder()
    await logs.write('access.log', line({ spanId: span(1) }))
    await logs.write('access.log.1', line({ spanId: span(2) }))
    await logs.write('access.log.2.gz', gzipSync(line({ spanId: span(3) })))
    await logs.write('deeper/access.log.3.zst', zstdCompressSync(line({ spanId: span(4) })))
    const tree = await reconstruct(TRACE, [logs.path, streamOf(line({ spanId: span(5) }))])
    expect(tree).toMatchObject({ exchanges: 5, duplicates: 0 })
    expect(tree.scan).toMatchObject({ files: 5, skipped: [] })
  })

  it('reads packed files that were appended to, and packed streams', async () => {
    const parts = [span(1), span(2)].map((spanId) => line({ spanId }))
    const gzip = Buffer.concat(parts.map((part) => gzipSync(part)))
    const zstd = Buffer.concat(parts.map((part) => zstdCompressSync(part)))
    // The first chunk is shorter than the mark by which packing is known.
    const fromGzip = await reconstruct(TRACE, [streamOf(gzip.subarray(0, 1), gzip.subarray(1))])
    expect(fromGzip).toMatchObject({ exchanges: 2 })
    const fromZstd = await reconstruct(TRACE, [streamOf(zstd)])
    if (zstdDecompressSync(zstd).includes(parts[1] as string))
      expect(fromZstd).toMatchObject({ exchanges: 2 })
    // Node 22: what it cannot read is said.
    else expect(fromZstd.notes.join()).toContain('this Node reads the first alone')
  })

  it('reads a file once, however it is named', async () => {
    await using logs = await logFolder()
    const file = await logs.write('access.log', only)
    await symlink(file, join(logs.path, 'current'))
    expect(await reconstruct(TRACE, [file, logs.path, file])).toMatchObject({ exchanges: 1, duplicates: 0 })
  })

  it('follows links to files, as Kubernetes has them, and no links to folders', async () => {
    await using logs = await logFolder()
    await using elsewhere = await logFolder()
    await symlink(await elsewhere.write('0.log', only), join(logs.path, 'pod.log'))
    await symlink(logs.path, join(logs.path, 'circle'))
    expect(await reconstruct(TRACE, [logs.path])).toMatchObject({ exchanges: 1 })
  })

  it('goes on after files that cannot be read, and says which and why', async () => {
    await using logs = await logFolder()
    await logs.write('access.log', only)
    await logs.write('core.dump', Buffer.from([0x7f, 0x45, 0, 0]))
    const packed = gzipSync(line({ spanId: span(2) }).repeat(2_000))
    await logs.write('cut.gz', packed.subarray(0, packed.length - 12))
    const { exchanges, scan, notes } = await reconstruct(TRACE, [logs.path])
    expect(exchanges).toBe(2)
    expect(scan.skipped.map(({ file, reason }) => [file.slice(logs.path.length + 1), reason])).toEqual([
      ['core.dump', 'it is no text'],
      ['cut.gz', 'its compressed data ends too early; what came before was read'],
    ])
    expect(notes.join()).toContain('core.dump')
  })

  it('reads past holes, as a log has that was cut under its writer or by a loss of power', async () => {
    await using logs = await logFolder()
    const hole = Buffer.alloc(5_000)
    const parts = [hole, line({ spanId: span(1) }), hole, line({ spanId: span(2) })]
    const file = await logs.write('access.log', Buffer.concat(parts.map((part) => Buffer.from(part))))
    expect(await reconstruct(TRACE, [file])).toMatchObject({ exchanges: 2, scan: { skipped: [] } })
  })

  it('says of text in UTF-16 that it is none', async () => {
    await using logs = await logFolder()
    await logs.write('access.log', Buffer.from(only, 'utf16le'))
    const { scan } = await findTraces([logs.path], {})
    expect(scan.skipped).toMatchObject([{ reason: 'it is no text' }])
  })

  it('refuses a path that was named and is not there', async () => {
    await expect(reconstruct(TRACE, ['/nowhere/access.log'])).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.skipIf(process.getuid?.() === 0)('says that it may not read a file', async () => {
    await using logs = await logFolder()
    await chmod(await logs.write('access.log', only), 0)
    const { scan } = await findTraces([logs.path], {})
    expect(scan.skipped).toMatchObject([{ reason: 'no right to read it' }])
  })
})

describe('what is around a line', () => {
  const json = only.trimEnd()
  const around: Readonly<Record<string, string>> = {
    'Docker json-file': JSON.stringify({ log: only, stream: 'stdout', time: '2026-11-24T09:00:00Z' }),
    'Kubernetes CRI': `2026-11-24T09:00:00.123456789Z stdout F ${json}`,
    'journald, short': `Nov 24 09:00:00 host gw[1]: ${json}`,
    'journald, json': JSON.stringify({ MESSAGE: json, _PID: '1' }),
    'Docker Compose': `gw-1  | ${json}`,
    'Fluent Bit around Docker': JSON.stringify({
      kubernetes: { pod: 'gw' },
      log: JSON.stringify({ log: only }),
    }),
    'a unit with braces in its name': `host gw{blue}[1]: ${json}`,
    'a line end of Windows': `${json}\r`,
  }
  it.each(Object.entries(around))('finds the object: %s', async (_, text) => {
    const tree = await rebuild(`${text}\n`)
    expect(tree.roots[0]?.record).toMatchObject({ service: 'orders', spanId: span(1) })
    expect(tree.scan.brokenLines).toBe(0)
  })
})

describe('other names for the fields', () => {
  const asRecord = async (object: object) => (await rebuild(`${JSON.stringify(object)}\n`)).roots[0]?.record
  const expected = {
    traceId: TRACE,
    spanId: span(1),
    method: 'GET',
    path: '/orders/7',
    status: 503,
    startMs: NOW,
    endMs: NOW + 250,
    durationMs: 250,
    seat: 'hop',
    gatewayMs: 1.5,
  }

  it('reads ECS, as objects and with dotted keys', async () => {
    const flat = {
      '@timestamp': new Date(NOW + 250).toISOString(),
      message: 'exchange',
      'trace.id': TRACE,
      'span.id': span(1),
      'http.request.method': 'GET',
      'http.response.status_code': 503,
      'url.path': '/orders/7',
      'event.duration': 250e6,
      'postern.seat': 'hop',
      'postern.gateway_ms': 1.5,
    }
    expect(await asRecord(flat)).toMatchObject(expected)
    const nested = {
      '@timestamp': new Date(NOW + 250).toISOString(),
      message: 'exchange',
      trace: { id: TRACE },
      span: { id: span(1) },
      http: { request: { method: 'GET' }, response: { status_code: 503 } },
      url: { path: '/orders/7' },
      event: { duration: 250e6 },
      labels: { seat: 'hop' },
      postern: { gatewayMs: 1.5 },
    }
    expect(await asRecord(nested)).toMatchObject(expected)
  })

  it('reads the log data model of OpenTelemetry', async () => {
    const record = {
      Timestamp: `${BigInt(NOW + 250) * 1_000_000n}`,
      Body: 'exchange',
      TraceId: TRACE.toUpperCase(),
      SpanId: span(1),
      Attributes: {
        'http.request.method': 'GET',
        'url.path': '/orders/7',
        'http.response.status_code': '503',
        'http.server.request.duration': 0.25,
        'postern.seat': 'hop',
        'postern.gateway_ms': 1.5,
      },
    }
    // Upper case is found by whoever looks at every line.
    const { traces } = await findTraces(
      [streamOf(`${JSON.stringify(record)}\n`.replace('TraceId', 'trace_id'))],
      {},
    )
    expect(traces[0]?.exchange).toMatchObject(expected)
  })
})

it('the message may have any name: a line of an exchange is known by what else it says', async () => {
  const { msg, ...fields } = JSON.parse(line({ spanId: span(1), gatewayMs: 0.4 })) as Record<string, unknown>
  const text = JSON.stringify({ ...fields, note: msg })
  expect(await rebuild(`${text}\n`)).toMatchObject({ exchanges: 1 })
})

describe('lines that are no exchanges', () => {
  it('passes over what else has the id in it', async () => {
    const others = [
      `plain text about ${TRACE}`,
      JSON.stringify({ msg: 'order placed', traceId: TRACE, spanId: span(9) }),
      JSON.stringify({ msg: 'exchange', traceId: TRACE, spanId: 'no id' }),
    ]
    expect(await rebuild(`${others.join('\n')}\n${only}`)).toMatchObject({
      exchanges: 1,
      scan: { brokenLines: 0 },
    })
  })

  it('counts lines that were cut, and goes on with the next', async () => {
    const cut = only.slice(0, only.indexOf('"path"'))
    const tree = await rebuild(`${cut}\n${only}${cut}`)
    expect(tree).toMatchObject({ exchanges: 1, scan: { brokenLines: 2 } })
    expect(tree.notes).toEqual(['2 lines of it cannot be read: cut or damaged'])
  })

  it('leaves out lines above 1 MiB, and nothing after them', async () => {
    const long = line({ spanId: span(2), padding: 'x'.repeat(1_500_000) })
    const tree = await rebuild(only + long + line({ spanId: span(3) }) + long + line({ spanId: span(4) }))
    expect(tree).toMatchObject({ exchanges: 3, scan: { longLines: 2, brokenLines: 0 } })
  })

  it('finds lines wherever the pieces that are read begin and end', async () => {
    await using logs = await logFolder()
    // Lines of many lengths, up to nearly the longest, so that pieces end in every part of one.
    const lines = Array.from({ length: 40 }, (_, index) =>
      line({ spanId: span(index + 1), padding: 'y'.repeat((index * 52_361) % 1_000_000) }),
    )
    const file = await logs.write('access.log', lines.join('').trimEnd())
    expect(await reconstruct(TRACE, [file])).toMatchObject({ exchanges: 40, scan: { longLines: 0 } })
    const bytes = Buffer.from(lines.join(''))
    const pieces = Array.from({ length: Math.ceil(bytes.length / 70_001) }, (_, at) =>
      bytes.subarray(at * 70_001, (at + 1) * 70_001),
    )
    expect(await reconstruct(TRACE, [streamOf(...pieces)])).toMatchObject({ exchanges: 40 })
  })
})

describe('a long scan', () => {
  it('tells how far it is, and ends when it is told to', async () => {
    await using logs = await logFolder()
    const file = await logs.write(
      'access.log',
      line({ spanId: span(1), padding: 'z'.repeat(500) }).repeat(30_000),
    )
    const seen: number[] = []
    await findTraces([file], {}, { onProgress: ({ bytes, totalBytes }) => seen.push(bytes / totalBytes) })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    const stop = new AbortController()
    const stopped = findTraces([file], {}, { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('reads what the shell offers as a file and is a pipe', async () => {
    const { spawn } = await import('node:child_process')
    await using logs = await logFolder()
    const pipe = join(logs.path, 'pipe')
    await once(spawn('mkfifo', [pipe]), 'exit')
    const writer = spawn('sh', ['-c', 'printf %s "$LINE" > "$PIPE"'], {
      env: { ...process.env, LINE: only, PIPE: pipe },
    })
    const ended = once(writer, 'exit')
    expect(await reconstruct(TRACE, [pipe])).toMatchObject({ exchanges: 1 })
    await ended
  })
})
