import { principal } from '@postern/core/contracts'
import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { auth, type ForwardAuthOptions } from '../../src/index.ts'
import { type Seen, type Service, startService } from '../support/service.ts'

/** A decision service that lets `good` pass and does to others what the test says. */
const decisions = (
  other: (response: Parameters<Parameters<typeof startService>[0] & object>[2]) => void = (response) =>
    void response.writeHead(401).end(),
): Promise<Service> =>
  startService((seen: Seen, _request, response) => {
    if (seen.headers.authorization !== 'Bearer good') return other(response)
    response.writeHead(200, {
      'x-user': 'alice',
      'x-scopes': 'orders.read "bad orders.write',
      'x-tenant': 't1',
    })
    response.end('ignored')
  })
const guarded = (service: Pick<Service, 'url'>, more: Partial<ForwardAuthOptions> = {}, options = {}) =>
  createTestGateway(
    [
      auth({
        forwardAuth: { url: `${service.url}/check`, idHeader: 'X-User', scopesHeader: 'x-scopes', ...more },
      }),
    ],
    options,
  )
const good = { authorization: 'Bearer good' }
const bad = { authorization: 'Bearer bad-secret-token' }
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

describe('a decision service', () => {
  it('is told what the client asked for, and names the caller', async () => {
    await using service = await decisions()
    await using test = await guarded(service, { kind: 'user' })
    const headers = { ...good, 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/public', 'x-other': 'x' }
    expect((await test.fetch('/orders?id=1', { method: 'DELETE', headers })).status).toBe(200)
    const [asked] = service.seen
    expect([asked?.method, asked?.url]).toEqual(['GET', '/check'])
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer good',
      'x-forwarded-method': 'DELETE',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(test.url).host,
      'x-forwarded-uri': '/orders?id=1',
      'x-forwarded-for': '127.0.0.1',
    })
    expect(asked?.headers['x-other']).toBeUndefined()
    await test.finished(1)
    expect(test.exchanges[0]?.get(principal)).toMatchObject({
      id: 'alice',
      kind: 'user',
      scheme: 'forward-auth',
      scopes: ['orders.read', 'orders.write'],
    })
  })

  it('gives the upstream headers of its own, and no client can send them', async () => {
    await using service = await decisions()
    const anonymous = { route: { plugins: { auth: { anonymous: true } } } }
    await using test = await guarded(
      service,
      { upstreamHeaders: ['X-Tenant', 'x-role', 'authorization'] },
      anonymous,
    )
    const forged = { 'x-tenant': 'other', 'x-role': 'admin', x_role: 'admin' }
    await test.fetch('/', { headers: { ...good, ...forged } })
    await test.fetch('/', { headers: forged })
    const seen = test.upstream.requests.map(({ headers }) => headers)
    expect(seen.map((headers) => [headers['x-tenant'], headers['x-role'], headers['x_role']])).toEqual([
      ['t1', undefined, undefined],
      [undefined, undefined, undefined],
    ])
    expect(seen[0]?.authorization).toBeUndefined()
  })

  it('is not asked about a request without credentials, unless it is to be', async () => {
    await using service = await decisions()
    await using test = await guarded(service)
    expect(await codeOf(await test.fetch('/'))).toBe('GW_AUTH_TOKEN_MISSING')
    expect(service.seen).toHaveLength(0)
    await using always = await guarded(service, { askAlways: true })
    expect(await codeOf(await always.fetch('/'))).toBe('GW_AUTH_CREDENTIALS_INVALID')
    expect(service.seen).toHaveLength(1)
  })

  it.each([
    [401, 401, 'GW_AUTH_CREDENTIALS_INVALID'],
    [403, 403, 'GW_AUTH_CALLER_FORBIDDEN'],
    [404, 403, 'GW_AUTH_CALLER_FORBIDDEN'],
    [302, 401, 'GW_AUTH_CREDENTIALS_INVALID'],
    [500, 503, 'GW_AUTH_AUTHORITY_UNAVAILABLE'],
    [503, 503, 'GW_AUTH_AUTHORITY_UNAVAILABLE'],
  ] as const)(
    'that answers %i: the client gets %i, and its body and cookies stay behind',
    async (status, given, code) => {
      await using service = await decisions((response) =>
        response
          .writeHead(status, {
            'www-authenticate': 'Digest realm="x"',
            'set-cookie': 'a=b',
            location: '/elsewhere',
          })
          .end('inner workings'),
      )
      await using test = await guarded(service)
      const response = await test.fetch('/', { headers: bad, redirect: 'manual' })
      expect(response.status).toBe(given)
      expect(response.headers.get('set-cookie')).toBeNull()
      expect(response.headers.get('location')).toBeNull()
      if (given < 500 && status !== 302)
        expect(response.headers.get('www-authenticate')).toBe('Digest realm="x"')
      const text = await response.text()
      expect(text).not.toContain('inner workings')
      expect(JSON.parse(text)).toMatchObject({ code })
      expect(test.upstream.requests).toHaveLength(0)
      expect(service.seen.map(({ url }) => url)).toEqual(['/check'])
      await test.finished(1)
      expect(text + JSON.stringify(test.logs) + JSON.stringify(test.exchanges[0]?.verdicts)).not.toContain(
        'bad-secret',
      )
    },
  )

  it('may speak to the client itself, where that is asked for', async () => {
    await using refusing = await decisions((response) =>
      response.writeHead(403, { 'content-type': 'text/plain', 'x-inner': '1' }).end('not you'),
    )
    await using one = await guarded(refusing, { passBody: true })
    const refused = await one.fetch('/', { headers: bad })
    expect([refused.status, await refused.text()]).toEqual([403, 'not you'])
    expect(refused.headers.get('content-type')).toBe('text/plain')
    expect(refused.headers.get('x-inner')).toBeNull()

    await using redirecting = await decisions((response) =>
      response.writeHead(302, { location: 'http://login/', 'set-cookie': 'state=1' }).end('x'),
    )
    await using two = await guarded(redirecting, { passRedirects: true })
    const redirected = await two.fetch('/', { headers: bad, redirect: 'manual' })
    expect([redirected.status, redirected.headers.get('location')]).toEqual([302, 'http://login/'])
    expect(redirected.headers.get('set-cookie')).toBe('state=1')
    expect(two.upstream.requests).toHaveLength(0)
  })
})

describe('a decision service that fails or lies', () => {
  const closed = async (test: TestGateway, headers = bad) => {
    const response = await test.fetch('/', { headers })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await codeOf(response)).toBe('GW_AUTH_AUTHORITY_UNAVAILABLE')
    expect(test.upstream.requests).toHaveLength(0)
  }

  it.each([
    ['a yes without a caller', {}],
    ['a yes with an empty caller', { 'x-user': '' }],
    ['a yes with a caller that is no text for a header', { 'x-user': 'al\u00efce' }],
    ['a yes with two callers', { 'x-user': ['alice', 'bob'] }],
  ])('%s: 503', async (_name, headers) => {
    await using service = await decisions((response) => response.writeHead(200, headers).end())
    await using test = await guarded(service)
    await closed(test)
  })

  it('no answer, half an answer, a cut connection, a body without end: 503', async () => {
    for (const other of [
      () => {},
      (response: { socket: { destroy(): unknown } | null }) => response.socket?.destroy(),
      (response: { writeHead(s: number, h: object): { write(t: string): void } }) =>
        response.writeHead(200, { 'x-user': 'alice', 'content-length': '100' }).write('half'),
      (response: { writeHead(s: number, h: object): { end(t: string): void } }) =>
        response.writeHead(200, { 'x-user': 'alice' }).end('x'.repeat(100_000)),
    ]) {
      await using service = await decisions(other as never)
      await using test = await guarded(service, { timeoutMs: 300 })
      await closed(test)
    }
  })

  it('nobody listens any more: 503', async () => {
    const service = await decisions()
    await using test = await guarded(service, { timeoutMs: 5_000 })
    expect((await test.fetch('/', { headers: good })).status).toBe(200)
    await service[Symbol.asyncDispose]()
    const response = await test.fetch('/', { headers: good })
    expect(response.status).toBe(503)
  })

  it('a kept connection that it closed meanwhile is no fault', async () => {
    const used = new WeakSet<object>()
    await using service = await startService((_seen, request, response) => {
      if (used.has(request.socket)) return void request.socket.resetAndDestroy()
      used.add(request.socket)
      response.writeHead(200, { 'x-user': 'alice' }).end()
    })
    await using test = await guarded(service)
    for (let i = 0; i < 3; i++) expect((await test.fetch('/', { headers: good })).status).toBe(200)
  })

  it('takes only so many questions at once', async () => {
    await using service = await decisions(() => {})
    await using test = await guarded(service, { maxConcurrent: 1, timeoutMs: 500 })
    const answers = await Promise.all([test.fetch('/', { headers: bad }), test.fetch('/', { headers: bad })])
    const codes = await Promise.all(answers.map(codeOf))
    expect(codes.sort()).toEqual(['GW_AUTH_AUTHORITY_UNAVAILABLE', 'GW_AUTH_OVERLOADED'])
  })
})

describe('decisions that are remembered', () => {
  it('hold for the same request only, and refusals never', async () => {
    await using service = await decisions()
    await using test = await guarded(service, { cache: { ttlMs: 60_000 } })
    for (let i = 0; i < 3; i++) await test.fetch('/a', { headers: good })
    expect(service.seen).toHaveLength(1)
    await test.fetch('/b', { headers: good })
    await test.fetch('/a', { method: 'POST', headers: good })
    expect(service.seen).toHaveLength(3)
    for (let i = 0; i < 2; i++) expect((await test.fetch('/a', { headers: bad })).status).toBe(401)
    expect(service.seen).toHaveLength(5)
  })

  it('hold for the headers alone when the service looks at nothing else, and not above the bound', async () => {
    await using service = await decisions()
    await using test = await guarded(service, {
      cache: { ttlMs: 60_000, by: 'headers', maxEntries: 1 },
      requestHeaders: ['authorization', 'x-a'],
    })
    await test.fetch('/a', { headers: good })
    await test.fetch('/b', { headers: good })
    expect(service.seen).toHaveLength(1)
    await test.fetch('/a', { headers: { ...good, 'x-a': '1' } })
    await test.fetch('/a', { headers: good })
    expect(service.seen).toHaveLength(3)
  })

  it('end after their time', async () => {
    await using service = await decisions()
    await using test = await guarded(service, { cache: { ttlMs: 30 } })
    await test.fetch('/', { headers: good })
    await expect
      .poll(async () => {
        await test.fetch('/', { headers: good })
        return service.seen.length
      })
      .toBeGreaterThan(1)
  })

  it.each([
    ['in a list', ['private, no-store']],
    ['in a second line', ['max-age=0', 'no-store']],
  ])('are not kept against the word of the service, %s', async (_where, lines) => {
    await using shy = await startService((_seen, _request, response) =>
      response.setHeader('x-user', 'alice').setHeader('cache-control', lines).end(),
    )
    await using fresh = await guarded(shy, { cache: { ttlMs: 60_000 } })
    for (let i = 0; i < 2; i++) await fresh.fetch('/', { headers: good })
    expect(shy.seen).toHaveLength(2)
  })
})

it.each([
  [{ url: 'ftp://x' }, 'Expected an http:// or https:// address'],
  [{ requestHeaders: ['X-Forwarded-Uri'] }, 'The gateway itself says this'],
  [{ upstreamHeaders: ['content-length'] }, 'belongs to HTTP itself'],
  [{ idHeader: 'no header' }, 'Expected a header name'],
])('options that cannot work stop the start: %j', async (more, message) => {
  await expect(guarded({ url: 'http://127.0.0.1:1' }, more)).rejects.toThrow(message)
})
