import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createGateway, definePlugin } from '@postern/core'
import { TestAuthority } from '@postern/core/testing'
import { auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { describe, expect, test } from 'vitest'
import { type Folder, folder } from '../_support/folder.ts'
import { READS_SOURCES, runGw } from '../_support/gw.ts'
import { gw } from '../_support/in-process.ts'
import { serveAdmin } from '../_support/serve-admin.ts'

const CONFIG = `
via: edge-1
plugins:
  - use: '@postern/plugin-trace'
  - use: '@postern/plugin-auth'
    mode: shadow
    options:
      jwt: [{ issuer: https://idp.internal, audience: gateway, algorithms: [ES256] }]
      apiKeys: { header: x-api-key, forward: false, keys: [{ id: batch, hash: 'sha256:${'0'.repeat(64)}' }] }
      identityHeaders: { subject: x-caller }
      outbound: { orders: { header: { name: x-orders-key, value: outbound-secret } } }
  - use: '@postern/plugin-routing'
    options:
      services:
        orders: { endpoints: ['http://127.0.0.1:4001/v2'], aliases: [{ name: order-svc, until: 2099-01-31 }] }
      routes:
        - id: orders
          match: { path: /orders }
          to: orders
          stripPrefix: true
          plugins: { auth: { mode: enforce, scopes: [orders.read] } }
          rewrite: { requestHeaders: { set: { x-partner: rewrite-secret } } }
        - { id: health, match: { path: /health }, to: orders, plugins: { auth: { access: public } } }
`

const inFolder = (place: Folder): string[] => ['--config', join(place.path, 'gateway.yaml')]

describe('gw explain from the file', () => {
  test('says route, plugins, auth, endpoints and the request that the upstream would get', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const { code, stdout, stderr } = await gw(
      'explain',
      'GET',
      'http://order-svc/orders/7?page=2',
      '--from',
      '10.1.2.3',
      '-H',
      'accept: text/html',
      ...inFolder(place),
    )
    expect(stderr).toBe('')
    expect(stdout).toMatch(/^GET \/orders\/7\?page=2 to order-svc\n/)
    for (const line of [
      /route +orders: the most specific route that fits/,
      /old name +order-svc is an old name of orders, until 2099-01-31/,
      /rewrite +\/7 {2}\(stripPrefix\)/,
      /service orders +http:\/\/127\.0\.0\.1:4001\/v2/,
      /2\. @postern\/plugin-auth +\S+ +enforce/,
      /jwt: Authorization: Bearer with a JSON Web Token of https:\/\/idp\.internal/,
      /scopes: all of orders\.read/,
      /upstream +GET \/v2\/7\?page=2 HTTP\/1\.1 {2}to http:\/\/127\.0\.0\.1:4001\/v2/,
      /host: 127\.0\.0\.1:4001/,
      /via: 1\.1 edge-1/,
      /x-forwarded-for: 10\.1\.2\.3/,
      /traceparent: 00-/,
      /x-orders-key: ‹…› {2}\(put on by plugin-auth\)/,
      /not run +@postern\/plugin-auth: /,
      /health +path +the path is not \/health\/\*/,
    ])
      expect(stdout).toMatch(line)
    expect(code).toBe(0)
  })

  test('prints no secret: not those that were given, and not those of the configuration', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const given = [
      'Authorization: Bearer aaa-secret',
      'Cookie: s=bbb-secret',
      'X-Api-Key: ccc-secret',
      'X-Caller: ddd-secret',
    ]
    for (const form of [[], ['--json']]) {
      const { stdout } = await gw(
        'explain',
        'GET',
        '/orders/7?access_token=eee-secret&page=2',
        ...form,
        ...inFolder(place),
        ...given.flatMap((line) => ['-H', line]),
      )
      expect(stdout).not.toContain('secret')
      expect(stdout).toContain('access_token=‹…›&page=2')
      // What plugin-auth owns is taken off, and what it does not is passed on.
      expect(stdout).toMatch(/Authorization/)
      expect(stdout).not.toMatch(/X-Api-Key/)
    }
  })

  test('asks no issuer, decision service, health check or upstream', async () => {
    const calls: string[] = []
    const server = createServer(({ url }, response) => {
      calls.push(String(url))
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using place = await folder({
      'gateway.yaml': `
plugins:
  - use: '@postern/plugin-auth'
    options:
      jwt: [{ issuer: '${at}', audience: gateway, algorithms: [ES256], jwksUrl: '${at}/jwks' }]
      forwardAuth: { url: '${at}/decide', idHeader: x-id }
  - use: '@postern/plugin-routing'
    options:
      services: { orders: { endpoints: ['${at}'], health: { active: { path: /healthy, intervalMs: 100 } } } }
      routes: [{ match: { path: /orders }, to: orders }]
`,
    })
    const { code, stdout } = await gw(
      'explain',
      'GET',
      '/orders/7',
      '-H',
      'Authorization: Bearer x',
      ...inFolder(place),
    )
    server.close()
    expect(stdout).toContain(
      'forward-auth: what the decision service is shown: authorization, cookie (another service is asked)',
    )
    expect(code).toBe(0)
    expect(calls).toEqual([])
  })

  test('says what the client gets where nothing would be sent', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const none = await gw('explain', 'GET', '/nowhere', ...inFolder(place))
    expect(none.stdout).toMatch(/route +none: no route fits\n +answer +404 GW_ROUTE_NOT_FOUND/)
    expect(none.code).toBe(1)
    const refused = await gw('explain', 'GET', '/orders/%2e%2e/x', ...inFolder(place))
    expect(refused.stdout).toMatch(
      /refused before any route is looked for\n +answer +400 GW_REQ_TARGET_INVALID/,
    )
    const smuggled = await gw(
      'explain',
      'GET',
      '/orders',
      '-H',
      'Content-Length: 1',
      '-H',
      'Transfer-Encoding: chunked',
      ...inFolder(place),
    )
    expect(smuggled.stdout).toMatch(/answer +400 GW_REQ_/)
  })

  test('explains a gateway with one upstream and no plugin', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstream: http://127.0.0.1:3000/base\n' })
    const { stdout } = await gw('explain', 'POST', '/a?b', ...inFolder(place))
    expect(stdout).toMatch(/route +default: there is no other/)
    expect(stdout).toMatch(/POST \/base\/a\?b HTTP\/1\.1 {2}to http:\/\/127\.0\.0\.1:3000\/base/)
  })

  test('comes over TLS where the file listens with it, also where that asks for client certificates', async () => {
    const authority = new TestAuthority('Test CA')
    const { cert, key } = authority.issue({ name: 'edge', names: ['DNS:shop.internal'] })
    await using place = await folder({
      'gateway.yaml': `
upstream: http://127.0.0.1:3000
listen:
  tls: { cert: { file: cert.pem }, key: { file: key.pem }, clientCertificates: require, ca: { file: ca.pem } }
`,
      'cert.pem': cert,
      'key.pem': key,
      'ca.pem': authority.cert,
    })
    const { stdout, stderr } = await gw('explain', 'GET', 'https://shop.internal/a', ...inFolder(place))
    expect(stderr).toBe('')
    expect(stdout).toMatch(/x-forwarded-proto: https\n/)
  })

  test('says what is wrong with the command line or the file, with code 2', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstreams: 1\n' })
    const cases = [
      [['GET'], /Give a method and a URL/],
      [['GET', 'orders'], /orders is no URL/],
      [['GET', '/a b'], /has a blank in it/],
      [['GET', '/', '--from', 'x'], /Expected an IP address/],
      [['GET', '/', '-H', 'x'], /Expected a header such as/],
      [['GET', '/', ...inFolder(place)], /Unknown key "upstreams": did you mean "upstream"/],
    ] as const
    for (const [args, message] of cases) {
      const { code, stderr } = await gw('explain', ...args)
      expect(stderr).toMatch(message)
      expect(code).toBe(2)
    }
  })

  test.runIf(READS_SOURCES)('runs as a process', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const { code, stdout, stderr } = await runGw(['explain', 'GET', '/health', '--json'], { cwd: place.path })
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({
      from: 'file',
      route: 'health',
      auth: { access: 'public', mode: 'shadow', schemes: [] },
      upstream: { line: 'GET /v2/health HTTP/1.1', service: 'orders' },
      others: [{ id: 'orders', outcome: 'path' }],
    })
  })
})

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const recent = definePlugin({
  name: 'test-recent',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup: () => ({
    views: {
      exchanges: {
        read: (query) =>
          TRACE_ID.startsWith(query.get('trace') ?? '')
            ? {
                exchanges: [
                  {
                    startedAt: '2026-11-24T15:00:00.000Z',
                    traceId: TRACE_ID,
                    spanId: '00f067aa0ba902b7',
                    seat: 'hop',
                    caller: 'svc-basket',
                    auth: 'jwt',
                    method: 'GET',
                    path: '/orders/\u001b[2J',
                    route: 'orders',
                    service: 'orders',
                    generation: 3,
                    status: 503,
                    error: 'GW_UPSTREAM_SOCKET',
                    durationMs: 12.3,
                    gatewayMs: 0.4,
                    verdicts: [
                      {
                        plugin: '@postern/plugin-auth',
                        mode: 'shadow',
                        decision: 'deny',
                        reason: 'GW_AUTH_TOKEN_EXPIRED',
                        tookUs: 41,
                      },
                    ],
                    attempts: [
                      {
                        number: 1,
                        endpoint: 'http://127.0.0.1:4001',
                        why: 'least requests',
                        error: 'GW_UPSTREAM_SOCKET',
                        durationMs: 11.9,
                      },
                    ],
                  },
                ],
              }
            : undefined,
      },
    },
  }),
})

const running = () =>
  createGateway(
    [
      auth(
        { jwt: [{ issuer: 'i', audience: 'a', algorithms: ['ES256'], jwksUrl: 'http://127.0.0.1:1/' }] },
        { mode: 'observe' },
      ),
      routing({
        services: { orders: { endpoints: ['http://127.0.0.1:4001'] } },
        routes: [{ id: 'orders', match: { path: '/orders' }, to: 'orders' }],
      }),
      recent(),
    ],
    { logger: false },
  )

describe('gw explain of a running gateway', () => {
  test('says what it would do now, with the state of its endpoints', async () => {
    const gateway = running()
    await using admin = await serveAdmin(gateway)
    const { code, stdout } = await gw('explain', 'GET', '/orders/7', '--admin', admin.url)
    await gateway.close()
    expect(stdout).toContain(`GET /orders/7 to gateway  as ${admin.url} says now`)
    expect(stdout).toMatch(/service orders +http:\/\/127\.0\.0\.1:4001 {2}healthy/)
    expect(stdout).toMatch(/auth +callers have to prove who they are; observe: nothing is checked yet/)
    expect(stdout).toMatch(/upstream +its head is shown from the file/)
    expect(code).toBe(0)
  })

  test('asks each of several workers', async () => {
    const gateway = running()
    const both = (data: unknown) => ({
      workers: [
        { worker: 1, data },
        { worker: 2, data },
      ],
    })
    await using admin = await serveAdmin(gateway, {
      pages: {
        explain: (query) => both(gateway.views().get('explain')?.read(query)),
        routes: () => both(gateway.routes()),
        plugins: () => both(gateway.plugins()),
        policy: (query) => both(gateway.views().get('policy')?.read(query)),
      },
    })
    const { stdout } = await gw('explain', 'GET', '/orders/7', '--admin', admin.url)
    await gateway.close()
    expect(stdout.match(/, worker \d, says now/g)).toEqual([', worker 1, says now', ', worker 2, says now'])
    expect(stdout.match(/observe: nothing is checked yet/g)).toHaveLength(2)
  })

  test('tells what recent exchanges of a trace met, control characters spelled out', async () => {
    const gateway = running()
    await using admin = await serveAdmin(gateway)
    const found = await gw('explain', '--trace', '4bf92f35', '--admin', admin.url)
    const none = await gw('explain', '--trace', 'ffffffff', '--admin', admin.url)
    await gateway.close()
    expect(found.stdout).toContain('GET /orders/\\u001b[2J  503 GW_UPSTREAM_SOCKET')
    expect(found.stdout).toMatch(
      /guards +@postern\/plugin-auth {2}shadow: deny {2}GW_AUTH_TOKEN_EXPIRED {2}41 µs/,
    )
    expect(found.stdout).toMatch(
      /attempts +1\. http:\/\/127\.0\.0\.1:4001 {2}GW_UPSTREAM_SOCKET {2}11\.9 ms {2}\(least requests\)/,
    )
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toContain('No recent exchange has the trace ffffffff. Older ones are in the logs')
  })

  test('says what to add to a file without an admin listener', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const { code, stderr } = await gw('explain', 'GET', '/', '--running', ...inFolder(place))
    expect([code, stderr]).toEqual([2, expect.stringContaining('Add "admin: { port: 9901 }" to it')])
  })
})
