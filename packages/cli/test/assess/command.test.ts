import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readServiceLogs } from '../../src/assess/service-logs.ts'
import { THRESHOLDS } from '../../src/assess/thresholds.ts'
import { assess } from '../../src/assess/verdict.ts'
import { folder, WORKSPACE } from '../_support/folder.ts'
import { runGw } from '../_support/gw.ts'
import { repository } from '../_support/repository.ts'

const jsonLines = (...lines: readonly object[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('')
const TRACE = 'a'.repeat(32)

describe('logs of services without a gateway', () => {
  it('are read in the names of pino, bunyan, ECS and OpenTelemetry; a search for one id is timed', async () => {
    await using place = await folder(
      {
        'web.log': jsonLines(
          {
            level: 30,
            name: 'web',
            req: { method: 'GET', url: '/a', headers: { traceparent: `00-${TRACE}-${'b'.repeat(16)}-01` } },
            res: { statusCode: 200 },
          },
          { level: 30, name: 'web', reqId: 'r1', req: { method: 'GET', url: '/b' } },
          { level: 30, name: 'web', msg: 'no request' },
        ),
        'orders.log': jsonLines(
          {
            '@timestamp': 'x',
            'service.name': 'orders',
            'trace.id': TRACE,
            'http.request.method': 'GET',
            'url.path': '/o',
          },
          { service: { name: 'orders' }, http: { request: { method: 'GET' } }, url: { path: '/o' } },
        ),
        'stock.log': `not json\n{"cut\n${jsonLines({ trace_id: TRACE, method: 'GET', path: '/s' }, { trace_id: '0'.repeat(32), method: 'GET', path: '/s' })}`,
      },
      false,
    )
    const logs = await readServiceLogs([place.path], performance.now() + 30_000)
    expect(logs).toMatchObject({
      requests: 6,
      traced: 3,
      numbered: 1,
      services: ['orders', 'stock', 'web'],
      acrossShare: 0.5,
      rebuiltServices: 3,
      isCut: false,
    })
    expect(logs.rebuildMs).toBeGreaterThan(0)
  })
})

describe('the verdict', () => {
  const source = (schemes: readonly string[], services = 12) => ({
    files: 1,
    findings: schemes.map((scheme) => ({
      scheme: scheme as 'jwt',
      by: 'x',
      service: 'a',
      file: 'a',
      line: 1,
    })),
    services: Array.from({ length: services }, (_, index) => `s${index}`),
    folders: new Map(),
    isCut: false,
  })
  const history = (callers: readonly string[], months = 10) => ({
    commits: 5,
    months,
    moves: callers.map((caller) => ({
      repository: 'r',
      caller,
      from: 'a:1',
      to: 'b:1',
      file: 'f',
      commit: 'c',
      month: '2026-01',
    })),
    renames: [],
    isCut: false,
    without: [],
  })
  const logs = (traced: number) => ({
    requests: 100,
    traced,
    numbered: 0,
    services: ['a'],
    acrossShare: 0.5,
    rebuildMs: 20,
    rebuiltServices: 2,
    isCut: false,
  })

  it.each([
    [
      'no gateway, where nothing is wrong',
      { source: source(['jwt']), history: history([]), serviceLogs: logs(99) },
      'no-gateway',
    ],
    [
      'wait, where something begins',
      { source: source(['jwt', 'basic']), history: history([]), serviceLogs: logs(99) },
      'wait',
    ],
    [
      'auth, with many schemes',
      { source: source(['jwt', 'basic', 'api-key', 'session']), history: history([]), serviceLogs: logs(99) },
      'auth',
    ],
    [
      'trace, where paths are lost',
      { source: source(['jwt']), history: history([]), serviceLogs: logs(10) },
      'trace',
    ],
    [
      'routing, where one move changed many callers',
      { source: source(['jwt']), history: history(['a', 'b', 'c', 'd']), serviceLogs: logs(99) },
      'routing',
    ],
    [
      'wait, with few services and one problem',
      { source: source(['jwt', 'basic', 'saml'], 4), history: history([]), serviceLogs: logs(99) },
      'wait',
    ],
    [
      'a start, with few services and two problems',
      { source: source(['jwt', 'basic', 'saml'], 4), history: history([]), serviceLogs: logs(10) },
      'trace',
    ],
    ['nothing, where nothing was looked at', {}, 'unknown'],
  ])('%s', (_words, evidence, verdict) => {
    expect(assess(evidence).verdict.verdict).toBe(verdict)
  })
})

describe('gw assess', () => {
  it('answers from source, history and logs, with places', async () => {
    await using repo = await repository()
    await repo.commit('2026-09-01', {
      'services/web/package.json': '{ "dependencies": { "jsonwebtoken": "9" } }\n',
      'services/mail/package.json': '{ "dependencies": { "express-session": "1" } }\n',
      'services/orders/package.json': '{ "dependencies": { "basic-auth": "2" } }\n',
      'services/web/.env': 'ORDERS_URL=http://orders:3000\n',
      'services/mail/.env': 'ORDERS_URL=http://orders:3000\n',
    })
    await repo.commit('2026-10-01', {
      'services/web/.env': 'ORDERS_URL=http://orders:4000\n',
      'services/mail/.env': 'ORDERS_URL=http://orders:4000\n',
    })
    const exchange = (number: number, fields: object): object => ({
      level: 30,
      time: Date.UTC(2026, 10, 23) + number,
      traceId: TRACE,
      spanId: number.toString(16).padStart(16, '0'),
      seat: 'hop',
      method: 'GET',
      path: '/',
      status: 200,
      durationMs: 1,
      service: 'orders',
      msg: 'exchange',
      ...fields,
    })
    await repo.write(
      'access.log',
      jsonLines(
        exchange(1, { caller: 'web', auth: 'mtls' }),
        exchange(2, { caller: 'mail', parentSpanId: '1'.padStart(16, '0') }),
      ),
    )
    const { code, stdout, stderr } = await runGw(
      ['assess', 'access.log', '--repo', '.', '--since', '2000-01-01'],
      { cwd: repo.path, env: { NO_COLOR: '1', COLUMNS: '160' } },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Wait\.\n\n {2}Known services: 3; a gateway rarely pays below 10\.\n {2}auth is pressing and nothing else is/,
    )
    expect(stdout).toContain(
      '4 ways to authenticate (basic, jwt, mtls, session), checked in 3 services of their own. 1 call of the logs proved nothing.',
    )
    expect(stdout).toContain(
      "1 of 1 trace of the gateway's logs could be rebuilt whole. Finding one path took",
    )
    expect(stdout).toContain(
      '2 addresses changed in 2 callers in 1.0 months, 2.0 a month. orders:3000 became orders:4000 in 2 callers (mail, web).',
    )
    expect(stdout).toMatch(/jwt {6}web {6}jsonwebtoken {5}services\/web\/package\.json:1/)
    expect(stdout).toMatch(/2026-10 {8}2 {2}mail, web/)
    expect(stdout).toMatch(/web {5}orders:3000 {2}orders:4000 {2}services\/web\/\.env {3}[\da-f]{10}/)
  })

  it.each([
    [['assess'], 'Give logs, or --repo FOLDER'],
    [['assess', 'missing.log'], 'There is no file or folder missing.log.'],
    [['assess', '--repo', 'missing'], 'There is no folder missing.'],
    [['assess', '--max-time', 'soon'], 'Expected a duration'],
  ])('%s is refused', async (args, words) => {
    await using place = await folder({})
    const { code, stderr } = await runGw(args, { cwd: place.path })
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  it('ends with 1 when nothing given answers a question', async () => {
    await using place = await folder({ 'a.log': 'hello\n' })
    const { code, stdout } = await runGw(['assess', 'a.log', '--json'], { cwd: place.path })
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { verdict: 'unknown' } })
  })

  it('has its thresholds on its page, in the same words', async () => {
    const page = await readFile(join(WORKSPACE, 'docs/gw-assess.md'), 'utf8')
    const rows = Object.entries(THRESHOLDS).map(
      ([name, { value, what, source }]) => `| \`${name}\` | ${value} | ${what} | ${source} |`,
    )
    expect(page).toContain(`| threshold | value | what | source |\n|---|---|---|---|\n${rows.join('\n')}\n`)
  })
})
