import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { createGateway, definePlugin, type Gateway } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { folder } from '../_support/folder.ts'
import { startGw } from '../_support/gw.ts'
import { gw } from '../_support/in-process.ts'
import { serveAdmin, type TestAdmin } from '../_support/serve-admin.ts'
import { HAS_TERMINAL, openTerminal } from '../_support/terminal.ts'

/** Times of requests, as plugin-trace counts them: each reading finds 10 more on the route orders, 2 of them with 503. */
const durations = definePlugin({
  name: 'test-durations',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup() {
    let readings = 0
    const point = (status: string, each: number) => ({
      attributes: { 'http.route': 'orders', 'http.response.status_code': status },
      counts: [0, each * readings, 0],
      sum: 1,
    })
    return {
      metrics() {
        readings++
        return [
          {
            name: 'http.server.request.duration',
            kind: 'histogram',
            unit: 's',
            description: 'Requests',
            bounds: [0.01, 0.02],
            points: [point('200', 8), point('503', 2)],
          },
        ]
      },
    }
  },
})

let gateway: Gateway
let admin: TestAdmin
beforeEach(async () => {
  gateway = createGateway(
    [
      // Without its own durations: those of the test are known to the hundredth.
      trace({ accessLog: false, metrics: false }),
      auth(
        { jwt: [{ issuer: 'i', audience: 'a', algorithms: ['ES256'], jwksUrl: 'http://127.0.0.1:1/' }] },
        { mode: 'observe' },
      ),
      routing({
        services: {
          orders: {
            endpoints: ['http://127.0.0.1:1'],
            aliases: [{ name: 'order-svc', until: '2020-01-31' }],
            breaker: { consecutiveFailures: 1 },
          },
        },
        routes: [
          { id: 'orders', match: { path: '/orders' }, to: 'orders', plugins: { auth: { mode: 'observe' } } },
        ],
      }),
      durations(),
    ],
    { logger: false },
  )
  // Nobody listens there: the breaker opens. The name is an old one, and there are no credentials.
  await gateway.fetch('http://order-svc/orders/7')
  admin = await serveAdmin(gateway)
})
afterEach(async () => {
  await admin[Symbol.asyncDispose]()
  await gateway.close({ graceMs: 0 })
})

describe('gw status', () => {
  test('shows rates, errors, times, health, breakers and what auth would refuse, once', async () => {
    const { code, stdout, stderr } = await gw('status', '--once', '--interval', '100ms', '--admin', admin.url)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^${admin.url} {2}ready {2}generation 1 {2}since \\d{4}-`))
    expect(stdout).toMatch(/orders +orders +\d+(\.\d)? +20\.0 % +15\.0 +19\.5 +19\.9 +observe +100\.0 %/)
    expect(stdout).toMatch(/orders +\S+ +\d\/1 +0 +open/)
  })

  test('gives the same as JSON, and 1 while the gateway is not ready', async () => {
    await using unready = await serveAdmin(gateway, {
      readiness: { ready: false, reasons: ['The keys cannot be had'] },
    })
    const { code, stdout } = await gw('status', '--json', '--interval', '50ms', '--admin', unready.url)
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      ready: false,
      reasons: ['The keys cannot be had'],
      generation: 1,
      workers: 0,
      routes: [{ route: 'orders', errorShare: 0.2, auth: 'observe', refusedShare: 1 }, { route: 'default' }],
      services: [{ service: 'orders', endpoints: 1, breaker: 'open' }],
    })
  })

  test('adds workers up, and tells the worst of what they see', async () => {
    const services = (inFlight: number, state: string) => [
      {
        name: 'orders',
        ready: state === 'healthy',
        panic: false,
        breaker: { state: state === 'healthy' ? 'closed' : 'half-open' },
        endpoints: [{ url: 'http://127.0.0.1:1', address: '', state, inFlight }],
      },
    ]
    await using several = await serveAdmin(gateway, {
      pages: {
        services: () => ({
          workers: [
            { worker: 1, data: services(2, 'healthy') },
            { worker: 2, data: services(3, 'ejected') },
          ],
        }),
        generation: () => ({
          workers: [
            { worker: 1, data: { generation: 4 } },
            { worker: 2, data: { generation: 5 } },
          ],
        }),
      },
    })
    const { stdout } = await gw('status', '--json', '--interval', '50ms', '--admin', several.url)
    expect(JSON.parse(stdout)).toMatchObject({
      generation: 5,
      workers: 2,
      services: [
        {
          ready: false,
          inFlight: 5,
          healthy: 0,
          endpoints: 1,
          breaker: 'half-open',
          sick: ['http://127.0.0.1:1 ejected'],
        },
      ],
    })
  })

  test.skipIf(!HAS_TERMINAL)(
    'is redrawn in place on a terminal, quits with q, and leaves it as it was',
    async () => {
      const asked = ['status', '--interval', '200ms', '--admin', admin.url]
      const terminal = openTerminal(asked, { rows: 8, columns: 60 })
      const drawn = Promise.withResolvers<void>()
      terminal.onShown(() => {
        if (terminal.screen().split('\u001B[H').length > 3) drawn.resolve()
      })
      await drawn.promise
      terminal.press('q')
      expect(await terminal.closed).toBe(0)
      const out = terminal.screen()
      expect(out).toContain('\u001B[?1049h\u001B[?25l')
      expect(out.trimEnd().endsWith('\u001B[?25h\u001B[?1049l')).toBe(true)
      const frame = stripVTControlCharacters(out.split('\u001B[H').at(-1) ?? '').split(/[\r\n]+/)
      expect(frame.length).toBeLessThanOrEqual(8)
      expect(Math.max(...frame.map((text) => text.trimEnd().length))).toBeLessThanOrEqual(60)
      expect(frame.some((text) => /every 0\.2 s, q quits/.test(text))).toBe(true)
    },
  )

  test('says where nobody listens', async () => {
    const { code, stderr } = await gw('status', '--once', '--admin', 'http://127.0.0.1:1')
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^No gateway listens at http:\/\/127\.0\.0\.1:1\. Is it running/),
    ])
  })
})

const FILE = `
plugins:
  - use: '@postern/plugin-routing'
    options:
      services: { orders: { endpoints: ['http://127.0.0.1:1'] } }
      routes: [{ id: orders, match: { path: /orders }, to: orders, plugins: { auth: { access: public } } }]
  - { use: '@postern/plugin-auth', mode: observe, options: { apiKeys: { keys: [{ id: a, hash: 'sha256:${'0'.repeat(64)}' }] } } }
`

describe('gw routes and gw plugins', () => {
  test('list what the file has', async () => {
    await using place = await folder({ 'gateway.yaml': FILE })
    const file = ['--config', join(place.path, 'gateway.yaml')]
    expect((await gw('routes', ...file)).stdout).toMatch(
      /^orders +\/orders\/\* +orders +is public +unlimited$/m,
    )
    const { stdout } = await gw('plugins', ...file)
    expect(stdout).toMatch(
      /1\. +@postern\/plugin-routing +\S+ +1\.0 +transform +enforce +path-parameters 1\.0, used-name 1\.0/,
    )
    expect(stdout).toMatch(/2\. +@postern\/plugin-auth +\S+ +1\.0 +guard +observe +principal 1\.0/)
    expect(JSON.parse((await gw('plugins', '--json', ...file)).stdout)).toMatchObject({
      plugins: [
        { name: '@postern/plugin-routing' },
        { name: '@postern/plugin-auth', fault: 'guard', requires: [] },
      ],
    })
  })

  test('list what a running gateway has, with requests', async () => {
    expect((await gw('routes', '--admin', admin.url)).stdout).toMatch(
      /^orders +\/orders\/\* +orders +observe: refuses nobody +unlimited +1$/m,
    )
  })
})

describe('gw census and gw names', () => {
  test('tell who calls with what, and who uses an old name, of a running gateway', async () => {
    const census = await gw('census', '--admin', admin.url)
    expect(census.stdout).toMatch(/orders +none +1 +GW_AUTH_TOKEN_MISSING/)
    expect(census.stdout).toContain('1 requests, 100.0 % refused, or would be in enforce')
    const draft = await gw('census', '--draft', '--admin', admin.url)
    expect(Object.keys(JSON.parse(draft.stdout) as object)).toContain('routes')
    const names = await gw('names', '--admin', admin.url)
    expect(names.stdout).toMatch(/^order-svc +orders +2020-01-31, over +1$/m)
  })

  test('tell the same from access logs', async () => {
    const line = (index: number, fields: object): string =>
      JSON.stringify({
        msg: 'exchange',
        time: 1_764_000_000_000,
        traceId: String(index).padStart(32, '1'),
        spanId: String(index).padStart(16, '1'),
        method: 'GET',
        route: 'orders',
        service: 'orders',
        ...fields,
      })
    await using place = await folder({
      'access.log': [
        line(1, { caller: 'svc-a', callerKind: 'service', auth: 'jwt', status: 200 }),
        line(2, { caller: '10.0.0.1', callerKind: 'address', status: 401, error: 'GW_AUTH_TOKEN_MISSING' }),
        line(3, {
          caller: '10.0.0.1',
          callerKind: 'address',
          status: 200,
          verdicts: 'auth:shadow:deny:GW_AUTH_TOKEN_EXPIRED',
          alias: 'order-svc',
        }),
      ].join('\n'),
    })
    const log = join(place.path, 'access.log')
    const { stdout } = await gw('census', log)
    expect(stdout).toMatch(/svc-a +service +orders +jwt +1 +2025-/)
    expect(stdout).toMatch(/10\.0\.0\.1 +address +orders +none +1 +GW_AUTH_TOKEN_MISSING +1 +2025-/)
    expect(stdout).toMatch(/10\.0\.0\.1 +address +orders +none +1 +GW_AUTH_TOKEN_EXPIRED +2025-/)
    expect(stdout).toContain('3 requests, 66.7 % refused')
    const draft = await gw('census', '--draft', log)
    expect([draft.code, draft.stdout]).toEqual([2, ''])
    expect(draft.stderr).toContain('leave out the logs, or --draft')
    expect((await gw('names', log)).stdout).toMatch(/10\.0\.0\.1 +order-svc +orders +1 +2025-/)
  })
})

test('a gateway that gw start runs is found by its file, on a unix socket', async () => {
  await using place = await folder({
    'gateway.yaml': `listen: { port: 0 }\nadmin: { socketPath: admin.sock }\n${FILE}`,
  })
  await using running = startGw(['start', '--no-watch'], { cwd: place.path })
  await running.listening()
  const file = ['--config', join(place.path, 'gateway.yaml')]
  const { stdout, stderr } = await gw('status', '--json', '--interval', '50ms', ...file)
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toMatchObject({ ready: true, services: [{ service: 'orders' }] })
  expect((await gw('plugins', '--running', ...file)).stdout).toMatch(
    /@postern\/plugin-routing +\S+ +enforce +pickRoute/,
  )
  expect((await gw('explain', 'GET', '/orders/7', '--running', ...file)).stdout).toMatch(
    /route +orders: the most specific/,
  )
})
