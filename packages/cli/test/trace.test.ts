import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { runGw, startGw } from './_support/gw.ts'
import { startService } from './_support/services.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const TIME = Date.UTC(2026, 10, 23, 9)
const span = (number: number) => `f00d${number.toString(16).padStart(12, '0')}`

/** A line of an access log. */
const line = (fields: Readonly<Record<string, unknown>>) =>
  `${JSON.stringify({
    level: 30,
    time: TIME + 50,
    hostname: 'gw-1',
    name: 'postern',
    traceId: TRACE,
    spanId: span(1),
    seat: 'hop',
    method: 'GET',
    path: '/orders/7',
    status: 200,
    durationMs: 50,
    gatewayMs: 1.25,
    upstreamMs: 40,
    ...fields,
    msg: 'exchange',
  })}\n`

const CALLER = line({ service: 'checkout', method: 'POST', path: '/buy' })
const FAILED = line({
  spanId: span(2),
  parentSpanId: span(1),
  service: 'orders',
  route: 'list',
  status: 503,
  time: TIME + 40,
  durationMs: 30,
  error: 'GW_UPSTREAM_CONNECT_FAILED',
  verdicts: 'auth:shadow:deny:GW_AUTH_TOKEN_EXPIRED',
  caller: 'svc-checkout',
  auth: 'jwt',
  attempts: 2,
})

interface Node {
  readonly depth: number
  readonly name?: string
  readonly seat?: string
  readonly spanId: string
  readonly parent: string | null
}
const parse = (text: string) => JSON.parse(text) as { traceId: string; missing: number; nodes: Node[] }

describe('gw trace over real gateways', () => {
  it('rebuilds one trace through hop, callee and caller seats of three services', {
    timeout: 120_000,
  }, async () => {
    await using place = await folder({})
    const logs = await place
      .write('logs/readme.txt', 'no exchange in here\n')
      .then((file) => join(file, '..'))
    const stock = await startService('stock', join(logs, 'stock.log'))
    const orders = await startService('orders', join(logs, 'orders.log'), `${stock.url}/stock`)
    await place.write(
      'gateway.yaml',
      `listen: { port: 0 }\nupstream: ${orders.url}\nplugins: [{ use: '@postern/plugin-trace' }]\n`,
    )
    await using hop = startGw(['start'], { cwd: place.path })
    const checkout = await startService(
      'checkout',
      join(logs, 'checkout.log'),
      `${await hop.listening()}/orders`,
    )

    const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`
    const answer = await fetch(`${checkout.url}/buy`, { headers: { traceparent } })
    expect(await answer.text()).toBe('checkout > orders > stock')

    for (const service of [checkout, orders, stock]) await service.stop()
    hop.child.kill('SIGTERM')
    const { stdout } = await hop.finished
    // As a rotation would leave it.
    await writeFile(join(logs, 'hop.log.1.gz'), gzipSync(stdout))

    const { code, stdout: json, stderr } = await runGw(['trace', TRACE, '--json', logs], { cwd: place.path })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const { traceId, nodes } = parse(json)
    expect(traceId).toBe(TRACE)
    expect(nodes.map(({ depth, name, seat }) => [depth, name, seat])).toEqual([
      [0, undefined, undefined],
      [1, 'checkout', 'callee'],
      [2, 'checkout', 'caller'],
      [3, 'postern', 'hop'],
      [4, 'orders', 'callee'],
      [5, 'orders', 'caller'],
      [6, 'stock', 'callee'],
    ])
    for (const [index, node] of nodes.entries())
      if (index > 0) expect(node.parent).toBe(nodes[index - 1]?.spanId)

    const shown = await runGw(['trace', TRACE.slice(0, 8), 'logs'], { cwd: place.path })
    expect(shown.stdout).toMatch(/^trace 4bf92f3577b34da6a3ce929d0e0e4736 .*6 exchanges, 1 missing$/m)
    expect(shown.stdout).toMatch(/^ {3}└─ .*\[caller\] +GET \/orders +200 +▕.*▏/m)
    expect(shown.stdout).toMatch(/^ +└─ stock \[callee\] +GET \/stock +200 +▕.*▏( +[\d.]+){3}$/m)
  })

  it('names the service that drops traceparent', { timeout: 120_000 }, async () => {
    await using place = await folder({ 'logs/empty.log': '' })
    const logs = join(place.path, 'logs')
    const stock = await startService('stock', join(logs, 'stock.log'))
    const keeper = await startService('keeper', join(logs, 'keeper.log'), stock.url)
    const dropper = await startService('dropper', join(logs, 'dropper.log'), keeper.url)
    for (let asked = 0; asked < 6; asked++) {
      await (await fetch(dropper.url)).text()
      // Requests that follow each other within the tolerance of clocks could be taken for each other: suspected, not certain.
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    for (const service of [dropper, keeper, stock]) await service.stop()

    const { code, stdout } = await runGw(['trace', '--continuity', 'logs'], { cwd: place.path })
    expect(stdout).toMatch(/^dropper +drops +6 +0 +6 +0 +100\.0 % +no traceparent$/m)
    expect(stdout).toMatch(/^keeper +keeps +6 +6 +0 +0 +0 %$/m)
    expect(stdout).toMatch(/^ {2}dropper: got [0-9a-f]{32}, called in [0-9a-f]{32} \(span [0-9a-f]{16}\)$/m)
    expect(code).toBe(1)
    const json = await runGw(['trace', '--continuity', '--json', 'logs'], { cwd: place.path })
    expect(JSON.parse(json.stdout)).toMatchObject({ services: [{ service: 'dropper', lostCertain: 6 }, {}] })
  })
})

describe('gw trace', () => {
  it('prints what each exchange did, and what went wrong below it', async () => {
    await using place = await folder({ 'access.log': CALLER, 'access.log.1': FAILED })
    const { stdout, code } = await runGw(['trace', TRACE, 'access.log', 'access.log.1'], {
      cwd: place.path,
      env: { COLUMNS: '120' },
    })
    expect(code).toBe(0)
    const lines = stdout.split('\n')
    expect(lines[0]).toBe(`trace ${TRACE}   2026-11-23 09:00:00.000   50.0 ms   2 exchanges`)
    expect(lines[3]).toMatch(/^checkout +POST \/buy +200 +▕█+▏ +50\.0 +1\.25 +40\.0$/)
    expect(lines[4]).toMatch(/^└─ orders \(list\) +GET \/orders\/7 +503 +▕ +█+ +▏ +30\.0 +1\.25 +40\.0$/)
    expect(lines[5]).toBe(
      '      GW_UPSTREAM_CONNECT_FAILED · 2 attempts · auth:shadow:deny:GW_AUTH_TOKEN_EXPIRED · from svc-checkout (jwt)',
    )
    expect(Math.max(...lines.map((text) => Array.from(text).length))).toBeLessThanOrEqual(120)
    expect(stdout).not.toContain('\u001b')
  })

  it('keeps to the width that there is, and colours where colours show', async () => {
    const long = line({ service: 's'.repeat(80), path: `/${'p'.repeat(200)}` })
    await using place = await folder({ 'access.log': long + FAILED })
    for (const width of [60, 72, 80]) {
      const env = { COLUMNS: String(width) }
      const { stdout } = await runGw(['trace', TRACE, 'access.log'], { cwd: place.path, env })
      const rows = stdout.split('\n').slice(2, 5)
      expect(Math.max(...rows.map((text) => Array.from(text).length))).toBeLessThanOrEqual(width)
    }
    const coloured = await runGw(['trace', TRACE, 'access.log'], {
      cwd: place.path,
      env: { FORCE_COLOR: '1' },
    })
    expect(coloured.stdout).toContain('\u001b[31m')
  })

  it('lets nothing that a client wrote act on the terminal', async () => {
    const evil = line({
      path: '/\u001b[2J\u0007\u202egnp',
      caller: 'a\nb\u009b2J\u2066\u061c',
      spanId: span(3),
    })
    await using place = await folder({ 'access.log': evil })
    for (const args of [
      ['trace', TRACE],
      ['trace', TRACE, '--json'],
      ['trace', '--find'],
      ['trace', '--find', '--json'],
      ['edges'],
      ['edges', '--json'],
      ['edges', '--dot'],
      ['edges', '--mermaid'],
    ]) {
      const { stdout } = await runGw([...args, 'access.log'], { cwd: place.path })
      const all = ['\u001b', '\u0007', '\u009b', '\u061c', '\u202e', '\u2066', '\nb']
      const acting = all.filter((text) => stdout.includes(text))
      expect(acting, args.join(' ')).toEqual([])
      if (args.includes('--json'))
        expect(JSON.stringify(JSON.parse(stdout))).toContain('\u009b2J\u2066\u061c')
    }
  })

  it('says what is missing and what could not be read', async () => {
    await using place = await folder({
      'logs/access.log': FAILED + CALLER.slice(0, 120),
      'logs/core': 'a\0b',
    })
    const { stdout } = await runGw(['trace', TRACE, 'logs'], { cwd: place.path })
    expect(stdout).toMatch(/^\? span f00d000000000001 +▕░+▏ +30\.0$/m)
    expect(stdout).toContain('no log line describes it: the caller, or a service between')
    expect(stdout).toContain(`! a span ${span(1)} that no log line describes`)
    expect(stdout).toContain('! 1 line of it cannot be read: cut or damaged')
    expect(stdout).toMatch(/! .*core: it is no text/)
  })

  it('reads standard input, and spans in OTLP', async () => {
    const otlp = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] },
          scopeSpans: [
            {
              spans: [
                {
                  traceId: TRACE,
                  spanId: span(9),
                  name: 'GET /',
                  kind: 2,
                  startTimeUnixNano: `${TIME}000000`,
                  endTimeUnixNano: `${TIME + 90}000000`,
                },
              ],
            },
          ],
        },
      ],
    }
    await using place = await folder({ 'spans.json': JSON.stringify(otlp, null, 2) })
    const gw = startGw(['trace', TRACE, '-', 'spans.json'], { cwd: place.path })
    gw.child.stdin?.end(line({ service: 'checkout', parentSpanId: span(9) }))
    const { stdout } = await gw.finished
    expect(stdout).toMatch(/^web · GET \/ /m)
    expect(stdout).toMatch(/^└─ checkout /m)
  })

  it('writes one page that needs nothing else, with every value escaped', async () => {
    const evil = line({
      spanId: span(3),
      parentSpanId: span(1),
      path: '/"><script>alert(1)</script>',
      service: "<b>'&\u202e",
    })
    await using place = await folder({ 'access.log': CALLER + FAILED + evil })
    const { stderr, code } = await runGw(['trace', TRACE, '--html', 'trace.html', 'access.log'], {
      cwd: place.path,
    })
    expect([code, stderr]).toEqual([0, 'Wrote trace.html\n'])
    const page = await readFile(join(place.path, 'trace.html'), 'utf8')
    expect(page).not.toMatch(/<script|<b>|https?:\/\/|@import|url\(/)
    expect(page).toContain('/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(page).toContain('&lt;b&gt;&#39;&amp;\\u202e')
    expect(page).toContain("default-src 'none'")
    expect(page).toContain('<html lang="en">')
    expect(page).toContain('prefers-color-scheme:dark')
    expect(page).toMatch(/role="img" aria-label="from [\d.]+ to [\d.]+ ms"/)
    expect(page.match(/<tr class="exchange">/g)).toHaveLength(3)
    expect(page).toContain('GW_UPSTREAM_CONNECT_FAILED')
  })

  it('finds traces, newest last', async () => {
    const other = 'c'.repeat(32)
    const earlier = line({
      traceId: other,
      spanId: span(5),
      time: TIME - 3_600_000,
      status: 502,
      service: 'stock',
    })
    await using place = await folder({ 'access.log': CALLER + FAILED + earlier })
    const { stdout, code } = await runGw(['trace', '--find', '--status', '5xx', 'access.log'], {
      cwd: place.path,
    })
    expect(code).toBe(0)
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((row) => row.split(/ {2,}/).slice(1, 4)),
    ).toEqual([
      ['trace', 'status', 'ms'],
      [other, '502', '50.0'],
      [TRACE, '503', '30.0'],
    ])
    const since = [
      '--since',
      new Date(TIME).toISOString(),
      '--slower-than',
      '20ms',
      '--caller',
      'svc-checkout',
    ]
    const json = await runGw(['trace', '--find', ...since, '--json', 'access.log'], { cwd: place.path })
    expect(JSON.parse(json.stdout)).toMatchObject({
      traces: [{ traceId: TRACE, exchange: { service: 'orders' } }],
    })
    const limited = await runGw(['trace', '--find', '--limit', '1', 'access.log'], { cwd: place.path })
    expect(limited.stderr).toContain('Only the newest 1; --limit shows more')
    const none = await runGw(['trace', '--find', '--since', '1m', 'access.log'], { cwd: place.path })
    expect([none.code, none.stdout, none.stderr]).toEqual([0, '', 'No exchange is like that.\n'])
  })

  it('reads the file that the configuration logs to, and what a rotation left beside it', async () => {
    await using place = await folder({
      'package.json': '{ "type": "module" }',
      'gateway.js': `import { pino } from 'pino'
export const config = { upstream: 'http://127.0.0.1:1', plugins: [], logger: pino(pino.destination('access.log')) }`,
      'access.log': CALLER,
    })
    await place.write('access.log.1.gz', '')
    await writeFile(join(place.path, 'access.log.1.gz'), gzipSync(FAILED))
    const { stdout, stderr } = await runGw(['trace', TRACE], { cwd: place.path })
    expect(stderr).toBe('Reading access.log, access.log.1.gz\n')
    expect(stdout).toContain('2 exchanges')
  })

  it("reads the access log's own file where the configuration has one", async () => {
    await using place = await folder({
      'gateway.yaml': `upstream: http://127.0.0.1:1\nplugins: [{ use: '@postern/plugin-trace', options: { accessLog: { destination: own.log } } }]\n`,
      'own.log': CALLER,
    })
    const { stdout, stderr } = await runGw(['trace', TRACE], { cwd: place.path })
    expect(stderr).toBe('Reading own.log\n')
    expect(stdout).toContain('1 exchange')
  })
})

describe('gw trace, when it cannot do what was asked', () => {
  const ambiguous = CALLER + line({ traceId: `${TRACE.slice(0, 8)}${'c'.repeat(24)}` })
  it.each<[string, string[], number, RegExp]>([
    ['no id', ['trace'], 2, /^Give the id of a trace: gw trace 4bf92f35 access\.log\./],
    [
      'no id that could be one',
      ['trace', '4bf', 'access.log'],
      2,
      /^"4bf" is no id: give a trace, span or exchange id/,
    ],
    [
      'an id that is nowhere',
      ['trace', 'deadbeef', 'access.log'],
      1,
      /^No log line has an id that is deadbeef/,
    ],
    [
      'an ambiguous id',
      ['trace', '4bf92f35', 'access.log'],
      1,
      /^4bf92f35 fits several traces: .*Give more digits\.$/m,
    ],
    ['no such file', ['trace', TRACE, 'nope.log'], 2, /^There is no file or folder nope\.log\.$/m],
    [
      'nothing to read',
      ['trace', TRACE],
      2,
      /^Give log files or folders, or - for standard input\. There is no conf/,
    ],
    [
      'criteria without --find',
      ['trace', TRACE, '--status', '503', 'access.log'],
      2,
      /^--status says what to look for/,
    ],
    [
      'a judgement without --continuity',
      ['trace', TRACE, '--min-samples', '3'],
      2,
      /^--min-samples belongs to --cont/,
    ],
    [
      'a page of a list',
      ['trace', '--find', '--html', 'x.html'],
      2,
      /^--html shows one trace: give its id\.$/m,
    ],
    ['two lists', ['trace', '--find', '--continuity'], 2, /^Give --find or --continuity, not both\.$/m],
    ['no status', ['trace', '--find', '--status', 'bad'], 2, /Expected a status such as 503, 5xx/],
    ['no duration', ['trace', '--find', '--slower-than', 'soon'], 2, /Expected a duration such as 250ms/],
    ['no time', ['trace', '--find', '--since', 'monday'], 2, /Expected a time such as 2026-/],
    ['no number', ['trace', '--find', '--limit', '0'], 2, /Expected a whole number from 1/],
    [
      'no name',
      ['trace', '--continuity', '--caller-is', 'x'],
      2,
      /Expected the name of a caller and its service/,
    ],
    [
      'no place for a page',
      ['trace', TRACE.slice(0, 9), '--html', 'no/x.html', 'access.log'],
      2,
      /^no\/x\.html cannot be written/,
    ],
  ])('says so: %s', async (_, args, code, words) => {
    await using place = await folder({ 'access.log': ambiguous })
    const finished = await runGw(args, { cwd: place.path })
    expect(finished).toMatchObject({ code, stdout: '' })
    expect(finished.stderr).toMatch(words)
  })

  it('tells how to give it a log, when the configuration names none', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstream: http://127.0.0.1:1\n' })
    const { code, stderr } = await runGw(['trace', TRACE], { cwd: place.path })
    expect(code).toBe(2)
    expect(stderr).toMatch(/gateway\.yaml logs to no file; .*gw start >> access\.log$/m)
  })

  it('has its options in its help', async () => {
    await using place = await folder({})
    const { stdout, code } = await runGw(['trace', '--help'], { cwd: place.path })
    expect(code).toBe(0)
    for (const option of [
      '--json',
      '--html',
      '--find',
      '--status',
      '--slower-than',
      '--continuity',
      '--caller-is',
    ])
      expect(stdout).toContain(option)
  })
})
