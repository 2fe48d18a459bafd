import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder } from '../_support/folder.ts'
import { READS_SOURCES, runGw } from '../_support/gw.ts'
import { gw } from '../_support/in-process.ts'

const AUTH = `
  - use: '@postern/plugin-auth'
    options: { jwt: [{ issuer: https://idp.internal, audience: gateway, algorithms: [ES256] }] }`

/** A configuration; what a test says takes the place of a part of it. */
const config = (
  parts: { plugins?: string; services?: string; routes?: string; more?: string } = {},
): string => `
${parts.more ?? ''}
plugins:${parts.plugins ?? AUTH}
  - use: '@postern/plugin-routing'
    options:
      services: ${parts.services ?? "{ orders: { endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] }, next: { endpoints: ['http://127.0.0.1:3'] } }"}
      routes: ${parts.routes ?? '[{ id: orders, match: { path: /orders }, to: orders, plugins: { auth: { scopes: [a, b] } } }, { id: health, match: { path: /health }, to: orders, plugins: { auth: { access: public } } }]'}
`

const ROUTE = (text: string): string =>
  `[{ id: orders, match: { path: /orders }, to: orders, plugins: { auth: { scopes: [a, b] } }, ${text} }, { id: health, match: { path: /health }, to: orders, plugins: { auth: { access: public } } }]`

async function compared(before: string, after: string, ...args: readonly string[]) {
  await using place = await folder({ 'a.yaml': before, 'b.yaml': after })
  return await gw('diff', join(place.path, 'a.yaml'), join(place.path, 'b.yaml'), ...args)
}

/** `kind: what` of every change. */
async function changes(before: string, after: string): Promise<string[]> {
  const { stdout, stderr } = await compared(before, after, '--json')
  expect(stderr).toBe('')
  const report = JSON.parse(stdout) as { changes: { kind: string; names: string[]; what: string }[] }
  return report.changes.map(({ kind, names, what }) => `${kind} ${names.join(',')}: ${what}`)
}

describe('gw diff', () => {
  test('sees no difference in another order, or another way to write the same', async () => {
    const other = config({
      plugins: `
  - use: '@postern/plugin-trace'${AUTH}`,
      services: `
        next: { endpoints: [{ url: 'http://127.0.0.1:3' }] }
        orders: { endpoints: ['http://127.0.0.1:2', 'http://127.0.0.1:1'] }`,
      routes: `
        - { to: orders, plugins: { auth: { access: public } }, match: { path: /health }, id: health }
        - { to: orders, plugins: { auth: { scopes: [b, a], mode: enforce } }, match: { path: /orders }, id: orders, stripPrefix: false }`,
      more: 'timeouts: { connectMs: 5000 }',
    })
    const first = `${config({ plugins: `${AUTH}\n  - use: '@postern/plugin-trace'` })}`
    const { code, stdout, stderr } = await compared(first, other)
    expect(stderr).toBe('')
    expect(stdout).toMatch(/: the same meaning\n$/)
    expect(code).toBe(0)
  })

  test.each([
    ['opens', 'access: public', 'asks for credentials → is public'],
    ['opens', 'mode: shadow, scopes: [a, b]', 'asks for credentials → shadow: refuses nobody'],
    ['opens', 'scopes: [a]', 'scopes: no more b'],
    ['refuses', 'scopes: [a, b, c]', 'scopes: also c'],
    ['refuses', 'scopes: [a, b], callers: [svc-a]', 'callers: asks for svc-a'],
    ['opens', 'scopes: [a, b], percent: 20', '@postern/plugin-auth: enforce for 100 % → 20 %'],
  ])('%s: %s', async (kind, settings, what) => {
    const after = config().replace('{ scopes: [a, b] }', `{ ${settings} }`)
    expect(await changes(config(), after)).toEqual([`${kind} orders: ${what}`])
  })

  test('the other way round what opened refuses', async () => {
    const open = config().replace('{ scopes: [a, b] }', '{ access: public }')
    expect(await changes(open, config())).toEqual(['refuses orders: is public → asks for credentials'])
  })

  test.each([
    ['moves', ROUTE('stripPrefix: true'), 'stripPrefix: false → true'],
    ['limits', ROUTE('timeouts: { totalMs: 100 }'), 'timeouts.totalMs: 0 → 100'],
    ['limits', ROUTE('limits: { requestBodyBytes: 10 }'), 'limits.requestBodyBytes: Infinity → 10'],
    [
      'moves',
      ROUTE('').replaceAll('to: orders, plugins: { auth: { scopes', 'to: next, plugins: { auth: { scopes'),
      'leads to orders → next',
    ],
    ['moves', ROUTE('').replace('path: /orders', 'path: /orders/v1'), 'matches /orders/* → /orders/v1/*'],
  ])('%s with other options of a route: %#', async (kind, routes, what) => {
    const found = await changes(config(), config({ routes }))
    expect(found).toEqual([expect.stringMatching(new RegExp(`^${kind} orders: `))])
    expect(found[0]).toContain(what.replace('false → true', ''))
  })

  test('names endpoints that come and go, routes that are new or gone, and another upstream of the gateway', async () => {
    const services =
      "{ orders: { endpoints: ['http://127.0.0.1:1', 'http://127.0.0.1:9'] }, next: { endpoints: ['http://127.0.0.1:3'] } }"
    expect(await changes(config(), config({ services }))).toEqual([
      'moves orders: also at http://127.0.0.1:9',
      'moves orders: no more at http://127.0.0.1:2',
    ])
    const routes =
      '[{ id: orders, match: { path: /orders }, to: orders, plugins: { auth: { scopes: [a, b] } } }, { id: open, match: { path: /open }, to: next, plugins: { auth: { mode: off } } }]'
    expect(await changes(config(), config({ routes }))).toEqual([
      'opens open: is new: /open/* to next, asks nobody',
      'refuses health: is gone: what it matched (/health/*) goes to another route or gets 404',
    ])
    expect(await changes('upstream: http://127.0.0.1:1\n', 'upstream: http://127.0.0.1:2\n')).toEqual([
      'moves : upstream: http://127.0.0.1:1 → http://127.0.0.1:2',
    ])
  })

  test('tells that a secret changed, and not what it is', async () => {
    const outbound = (value: string): string =>
      AUTH.replace(
        'options: {',
        `options: { outbound: { orders: { header: { name: x-key, value: ${value} } } },`,
      )
    const { stdout } = await compared(
      config({ plugins: outbound('old-secret') }),
      config({ plugins: outbound('new-secret') }),
    )
    expect(stdout).toContain('outbound.orders.header.value changes')
    expect(stdout).not.toContain('-secret')
  })

  test('gives Markdown in which nothing of a name is markup', async () => {
    const { stdout } = await compared(
      config(),
      config({ routes: ROUTE('timeouts: { totalMs: 100 }').replace('id: health', "id: '*x* <b>'") }),
      '--format',
      'markdown',
    )
    expect(stdout).toMatch(/\*\*Other limits\*\*\n\n- route orders: timeouts\.totalMs: 0 → 100/)
    expect(stdout).toContain('- route \\*x\\* \\<b\\>: was called health')
  })
})

const line = (fields: Readonly<Record<string, unknown>>, index: number): string =>
  JSON.stringify({
    msg: 'exchange',
    time: 1_764_000_000_000 + index,
    traceId: String(index + 1).padStart(32, '0'),
    spanId: String(index + 1).padStart(16, '0'),
    seat: 'hop',
    status: 200,
    durationMs: 3,
    ...fields,
  })

describe('gw diff --shapes', () => {
  test('says which kinds of requests change upstream, become 401, 403 or 404, or pass', async () => {
    const before = config({
      routes: `
        - { id: orders, match: { path: /orders }, to: orders, plugins: { auth: { mode: shadow } } }
        - { id: stock, match: { path: /stock }, to: orders, plugins: { auth: { mode: shadow } } }
        - { id: closed, match: { path: /closed }, to: orders }
        - { id: gone, match: { path: /gone }, to: orders, plugins: { auth: { access: public } } }
        - { id: tenants, match: { path: /tenants, headers: { x-tenant: blue } }, to: orders, plugins: { auth: { access: public } } }`,
    })
    const after = config({
      routes: `
        - { id: orders, match: { path: /orders }, to: orders, plugins: { auth: { callers: [svc-a] } } }
        - { id: stock, match: { path: /stock }, to: next, plugins: { auth: { mode: shadow } } }
        - { id: closed, match: { path: /closed }, to: orders, plugins: { auth: { access: public } } }
        - { id: tenants, match: { path: /tenants, headers: { x-tenant: blue } }, to: orders, plugins: { auth: { access: public } } }`,
    })
    const verified = { caller: 'svc-a', callerKind: 'service', auth: 'jwt' }
    const nobody = { caller: '10.0.0.1', callerKind: 'address' }
    const lines = [
      ...[1, 2, 3].map((id) => ({ method: 'GET', path: `/orders/${id}`, route: 'orders', ...nobody })),
      { method: 'GET', path: '/orders/4', route: 'orders', ...verified },
      { method: 'GET', path: '/orders/5', route: 'orders', ...verified, caller: 'svc-b' },
      { method: 'GET', path: '/stock/6', route: 'stock', ...verified },
      { method: 'GET', path: '/closed', route: 'closed', status: 401, ...nobody },
      { method: 'GET', path: '/gone/7', route: 'gone', ...nobody },
      { method: 'GET', path: '/tenants/8', route: 'tenants', ...nobody },
      { method: 'TRACE', path: '/orders/9', route: 'orders', ...nobody },
    ]
    await using place = await folder({
      'a.yaml': before,
      'b.yaml': after,
      'access.log': lines.map((fields, index) => line(fields, index)).join('\n'),
    })
    const args = [
      'diff',
      join(place.path, 'a.yaml'),
      join(place.path, 'b.yaml'),
      '--shapes',
      join(place.path, 'access.log'),
    ]
    const { stdout, code } = await gw(...args)
    expect(stdout).toContain(
      '8 kinds of requests in the logs (10 requests): 1 become 401, 1 become 403, 1 change upstream, 1 pass that did not, 1 become 404',
    )
    expect(stdout).toContain('1 kind left out: the log has another route')
    expect(stdout).toMatch(/GET \/orders\/\{id\} +nobody known +3 +orders → 401/)
    expect(stdout).toMatch(/GET \/orders\/\{id\} +svc-b +jwt +1 +orders → 403/)
    expect(stdout).toMatch(/GET \/stock\/\{id\} +svc-a +jwt +1 +orders → next/)
    expect(code).toBe(1)
  })

  test.runIf(READS_SOURCES)('is a process that compares with a revision of git', async () => {
    await using place = await folder({ 'gateway.yaml': config(), 'other.ts': '' })
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
        cwd: place.path,
        stdio: 'pipe',
      })
    git('init', '-q')
    git('add', 'gateway.yaml', 'other.ts')
    git('commit', '-qm', 'first')
    await place.write('gateway.yaml', config({ more: 'timeouts: { totalMs: 100 }' }))
    const { code, stdout, stderr } = await runGw(['diff', 'HEAD:gateway.yaml', 'gateway.yaml'], {
      cwd: place.path,
    })
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^HEAD:gateway\.yaml → gateway\.yaml: 1 change\n\nOther limits\n {2}routes default, orders, health: timeouts\.totalMs: 0 → 100\n$/,
    )
    expect(code).toBe(1)
    const module = join(place.path, 'other.ts')
    expect(await gw('diff', `HEAD:${module}`, module)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('git worktree add') as string,
    })
    const missing = await gw(
      'diff',
      `HEAD:${join(place.path, 'none.yaml')}`,
      join(place.path, 'gateway.yaml'),
    )
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('none.yaml') as string })
    expect(await gw('diff', '--', '-x:gateway.yaml', module)).toMatchObject({
      code: 2,
      stderr: '-x is no revision of git.\n',
    })
  })
})
