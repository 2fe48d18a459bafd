import { principal } from '@postern/core/contracts'
import { createTestGateway, until } from '@postern/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type AuthOptions, auth, type IntrospectionOptions } from '../../src/index.ts'
import { FakeHost, headerOf, resolve } from '../support/fake-host.ts'
import { type Answering, IntrospectionServer } from '../support/introspection-server.ts'
import { optionsFor } from '../support/options.ts'
import { codeOf, expectNoLeak, send } from '../support/send.ts'
import { TestIssuer } from '../support/test-issuer.ts'

const client = { id: 'gateway:1', secret: 's3cret /ü' }
const token = 'opaque-token.1'
const basket = { sub: 'basket', client_id: 'basket', scope: 'orders.read orders.write' }

let server: IntrospectionServer
beforeEach(async () => {
  server = await IntrospectionServer.start()
  server.tokens.set(token, basket)
})
afterEach(() => server[Symbol.asyncDispose]())

const optionsWith = (more: Partial<IntrospectionOptions> = {}): AuthOptions => ({
  introspection: { url: server.url, client, ...more },
})
const bearer = (one: string) => ['authorization', `Bearer ${one}`]

describe('an opaque token', () => {
  it('that is active proves who calls', async () => {
    await using test = await createTestGateway([auth(optionsWith({ issuer: 'https://idp.internal' }))])
    expect((await send(test.url, bearer(token))).status).toBe(200)
    await test.finished(1)
    expect(test.exchanges[0]?.get(principal)).toEqual({
      id: 'basket',
      kind: 'service',
      scheme: 'introspection',
      issuer: 'https://idp.internal',
      scopes: ['orders.read', 'orders.write'],
      claims: { active: true, ...basket },
      via: [],
    })
    const [asked] = server.asked
    // RFC 6749 section 2.3.1: form-encoded before they are joined.
    expect(asked?.authorization).toBe(
      `Basic ${Buffer.from('gateway%3A1:s3cret+%2F%C3%BC').toString('base64')}`,
    )
    expect(String(asked?.form)).toBe(`token=${token}&token_type_hint=access_token`)
  })

  it('that is not active is refused, and stays secret', async () => {
    await using test = await createTestGateway([auth(optionsWith())])
    const missing = await send(test.url)
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, 'Bearer'])
    const answer = await send(test.url, bearer('made-up'))
    expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"')
    server.answering = (_token, response) => response.writeHead(500).end('made-up')
    const failed = await send(test.url, bearer('made-up-too'))
    expect(failed.status).toBe(503)
    await test.finished(3)
    expectNoLeak(test, [answer, failed], ['made-up', 's3cret', 's3cret'.slice(1), 'gateway%3A1'])
    expect(test.upstream.requests).toHaveLength(0)
  })

  it.each([
    ['two lines', [...bearer(token), ...bearer(token)], 400],
    ['nothing', ['authorization', 'Bearer'], 400],
    ['characters that no token has', bearer('a b'), 400],
    ['letters that are not ASCII', bearer('é'), 400],
    ['a break-out of the form', bearer('x&token=y'), 400],
    ['more than 16 KiB', bearer('x'.repeat(16_385)), 401],
  ])('with %s is refused without a call', async (_what, headers, status) => {
    const limits = { requestHeaderBytes: 65_536 }
    await using test = await createTestGateway([auth(optionsWith())], { limits })
    expect((await send(test.url, headers)).status).toBe(status)
    expect(server.asked).toHaveLength(0)
  })

  it('is asked for once, by many requests at once and then from memory', async () => {
    await using host = new FakeHost(optionsWith())
    const all = await Promise.all(Array.from({ length: 20 }, () => host.withToken(token)))
    expect(all.every(({ caller }) => caller === 'basket')).toBe(true)
    const again = await host.withToken(token)
    expect([again.sync, again.caller]).toEqual([true, 'basket'])
    expect(server.asked).toHaveLength(1)
  })

  it('that is refused is remembered briefly, and apart from good ones', async () => {
    await using host = new FakeHost(optionsWith({ deniedMs: 50, maxCached: 1 }))
    await host.withToken(token)
    const garbage = Array.from({ length: 300 }, (_, i) => `garbage-${i}`)
    for (const one of garbage) await host.withToken(one)
    expect((await host.withToken(token)).sync).toBe(true)
    server.tokens.set('late', basket)
    server.answering = (_token, response) => response.end('{"active":false}')
    expect((await host.withToken('late')).error?.status).toBe(401)
    server.answering = undefined
    await expect.poll(async () => (await host.withToken('late')).caller).toBe('basket')
  })

  it('is asked for again once it has been remembered for cacheMs', async () => {
    await using host = new FakeHost(optionsWith({ cacheMs: 50 }))
    await host.withToken(token)
    server.tokens.delete(token)
    await expect
      .poll(async () => (await host.withToken(token)).error?.code)
      .toBe('GW_AUTH_CREDENTIALS_INVALID')
  })

  it('is not remembered beyond its exp', async () => {
    const exp = Math.ceil(Date.now() / 1_000) + 1
    server.tokens.set(token, { ...basket, exp })
    await using host = new FakeHost(optionsWith({ clockToleranceMs: 0 }))
    expect((await host.withToken(token)).caller).toBe('basket')
    await expect
      .poll(async () => (await host.withToken(token)).error?.code, { timeout: 5_000 })
      .toBe('GW_AUTH_TOKEN_EXPIRED')
    expect(server.asked).toHaveLength(1)
  })
})

describe('what the answer says', () => {
  const nowS = Math.floor(Date.now() / 1_000)

  it.each<[string, Record<string, unknown>, Partial<IntrospectionOptions>, string | undefined]>([
    ['exp in the past', { exp: nowS - 60 }, {}, 'GW_AUTH_TOKEN_EXPIRED'],
    ['exp that is no number', { exp: 'never' }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['nbf in the future', { nbf: nowS + 60 }, {}, 'GW_AUTH_TOKEN_NOT_YET_VALID'],
    ['another issuer', { iss: 'https://evil' }, { issuer: 'https://idp' }, 'GW_AUTH_TOKEN_INVALID'],
    ['the issuer', { iss: 'https://idp' }, { issuer: 'https://idp' }, undefined],
    ['no audience', {}, { audience: 'gateway' }, 'GW_AUTH_TOKEN_INVALID'],
    ['another audience', { aud: ['billing'] }, { audience: 'gateway' }, 'GW_AUTH_TOKEN_INVALID'],
    ['the audience', { aud: 'gateway' }, { audience: 'gateway' }, undefined],
    ['one of the audiences', { aud: ['a', 'b'] }, { audience: ['b', 'c'] }, undefined],
    ['a type in other letters', { token_type: 'bearer' }, {}, undefined],
    ['a token bound to a key', { token_type: 'DPoP' }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['a refresh token', { token_use: 'refresh_token' }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['a missing field', {}, { requiredClaims: ['exp'] }, 'GW_AUTH_TOKEN_INVALID'],
    ['the fields', { exp: nowS + 60 }, { requiredClaims: ['exp'] }, undefined],
    ['no caller', { sub: undefined, client_id: undefined }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['a caller that breaks lines', { sub: 'a\r\nx-admin: 1' }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['a caller that is no text', { sub: ['admin'] }, {}, 'GW_AUTH_TOKEN_INVALID'],
    ['a name only', { sub: undefined, client_id: undefined, username: 'admin' }, {}, 'GW_AUTH_TOKEN_INVALID'],
  ])('counts: %s', async (_what, more, options, code) => {
    server.tokens.set(token, { ...basket, ...more })
    await using host = new FakeHost(optionsWith(options))
    expect((await host.withToken(token)).error?.code).toBe(code)
  })

  it('names the caller by the fields that options choose', async () => {
    server.tokens.set('of-client', { client_id: 'basket' })
    server.tokens.set('of-user', { sub: '4711', username: 'alice', client_id: 'shop', act: { sub: 'shop' } })
    await using host = new FakeHost(optionsWith())
    expect((await host.withToken('of-client')).principal).toMatchObject({ id: 'basket', kind: 'service' })
    expect((await host.withToken('of-user')).principal).toMatchObject({
      id: '4711',
      kind: 'user',
      via: ['shop'],
    })
    await using named = new FakeHost(optionsWith({ idFields: ['username', 'sub'] }))
    expect((await named.withToken('of-user')).principal).toMatchObject({ id: 'alice', kind: 'user' })
  })
})

describe('an endpoint that gives no answer', () => {
  const huge = JSON.stringify({ active: true, ...basket, padding: 'x'.repeat(100_000) })
  const cases: [string, Answering, string][] = [
    ['a fault', (_, response) => response.writeHead(500).end(), 'status 500'],
    ['wrong client credentials', (_, response) => response.writeHead(401).end(), 'status 401'],
    [
      'a redirect',
      (_, response) => response.writeHead(307, { location: '/other' }).end(),
      'redirects are refused',
    ],
    ['no JSON', (_, response) => response.end('<html>'), 'not JSON'],
    ['a list', (_, response) => response.end('[{"active":true,"sub":"a"}]'), 'not a JSON object'],
    ['no word on active', (_, response) => response.end('{"sub":"admin"}'), 'no active'],
    ['active as text', (_, response) => response.end('{"active":"true","sub":"a"}'), 'no active'],
    [
      'active twice',
      (_, response) => response.end('{"active":false,"sub":"a","\\u0061ctive":true}'),
      'a member twice',
    ],
    ['too much', (_, response) => response.end(huge), 'larger than 65536 bytes'],
    ['a cut', (_, response) => response.destroy(), 'connection failed'],
    ['nothing in time', () => {}, 'no complete answer within 200 ms'],
  ]

  it.each(cases)(
    'but %s means 503, never a pass, and nothing is remembered',
    async (_what, answering, why) => {
      server.answering = answering
      await using host = new FakeHost(optionsWith({ timeoutMs: 200 }))
      const { error } = await host.withToken(token)
      expect(error?.code).toBe('GW_AUTH_AUTHORITY_UNAVAILABLE')
      expect(error?.message).toContain(why)
      expect(headerOf(error, 'retry-after')).toBe('1')
      expect(host.logger.lines.filter((line) => line.startsWith('error '))).toHaveLength(1)
      server.answering = undefined
      expect((await host.withToken(token)).caller).toBe('basket')
      expect(host.logger.lines.join()).not.toContain(token)
    },
  )

  it('is left alone for a moment after five failures, while remembered tokens pass', async () => {
    await using host = new FakeHost(optionsWith())
    await host.withToken(token)
    server.answering = (_, response) => response.writeHead(500).end()
    for (let i = 0; i < 20; i++)
      expect((await host.withToken(`new-${i}`)).error?.code).toBe('GW_AUTH_AUTHORITY_UNAVAILABLE')
    expect(server.asked.length).toBeLessThan(20)
    expect((await host.withToken(token)).caller).toBe('basket')
    server.answering = undefined
    server.tokens.set('new', basket)
    await expect.poll(async () => (await host.withToken('new')).caller, { timeout: 10_000 }).toBe('basket')
    expect(host.ready()).toBe(true)
  })

  it('is not left alone because it refuses to read tokens that somebody made up: others are asked for all the same', async () => {
    await using host = new FakeHost(optionsWith())
    for (const status of [400, 413, 414, 422]) {
      server.answering = (_, response) => response.writeHead(status).end()
      for (let i = 0; i < 6; i++)
        expect((await host.withToken(`junk-${status}-${i}`)).error?.code).toBe(
          'GW_AUTH_AUTHORITY_UNAVAILABLE',
        )
    }
    server.answering = undefined
    expect((await host.withToken(token)).caller).toBe('basket')
  })

  it('is not asked by more than concurrency at once; those above the queue get 503', async () => {
    const held: (() => void)[] = []
    server.answering = (_, response) =>
      held.push(() => response.end(JSON.stringify({ active: true, ...basket })))
    await using host = new FakeHost(optionsWith({ concurrency: 2, maxQueue: 3, timeoutMs: 60_000 }))
    const all = Promise.all(Array.from({ length: 8 }, (_, i) => host.withToken(`new-${i}`)))
    await until(() => held.length === 2, 'two calls')
    while (server.asked.length < 5) {
      for (const answer of held.splice(0)) answer()
      await new Promise((go) => setTimeout(go, 5))
      expect(held.length).toBeLessThanOrEqual(2)
    }
    await until(() => held.length > 0, 'the last call')
    for (const answer of held.splice(0)) answer()
    const codes = (await all).map(({ error }) => error?.code)
    expect(codes.filter((code) => code === undefined)).toHaveLength(5)
    expect(codes.filter((code) => code === 'GW_AUTH_OVERLOADED')).toHaveLength(3)
  })

  it('is asked over a kept connection, and again when it closed that one meanwhile', async () => {
    await using host = new FakeHost(optionsWith())
    for (const one of ['a', 'b', 'c']) await host.withToken(one)
    expect(new Set(server.asked.map(({ connection }) => connection)).size).toBe(1)
    server.hangUp()
    expect((await host.withToken(token)).caller).toBe('basket')
  })
})

describe('beside the jwt scheme', () => {
  it('gets what is no JWT, and nothing of a configured issuer', async () => {
    await using issuer = await TestIssuer.start()
    await using other = await TestIssuer.start()
    const { introspection } = optionsWith()
    await using host = await new FakeHost(optionsFor(issuer, {}, { introspection })).untilReady()
    expect((await host.withToken(await issuer.sign())).principal?.scheme).toBe('jwt')
    expect((await host.withToken(token)).principal?.scheme).toBe('introspection')
    const refused = [
      await issuer.sign({ expiresInS: -60 }),
      await issuer.sign({ key: other.key }),
      await issuer.sign({ header: { crit: ['b64'], b64: true } }),
      // Of an issuer that nobody configured: only by option.
      await other.sign(),
    ]
    for (const one of refused) expect((await host.withToken(one)).error?.status).toBe(401)
    expect(server.askedFor).toEqual([token])
  })

  it('gets the JWTs of other issuers by option, and what only looks like a JWT', async () => {
    await using issuer = await TestIssuer.start()
    await using other = await TestIssuer.start()
    const { introspection } = optionsWith({ jwts: true })
    await using host = await new FakeHost(optionsFor(issuer, {}, { introspection })).untilReady()
    const foreign = await other.sign()
    for (const one of [foreign, 'YWJj.ZGVm.Z2hp']) {
      server.tokens.set(one, basket)
      expect((await host.withToken(one)).principal?.scheme).toBe('introspection')
    }
    const forged = await issuer.sign({ key: other.key })
    server.tokens.set(forged, basket)
    expect((await host.withToken(forged)).error?.status).toBe(401)
    expect(server.askedFor).toEqual([foreign, 'YWJj.ZGVm.Z2hp'])
  })

  it('gets nothing of a configured issuer by another text for the same signature, which a lenient reader would take', async () => {
    await using issuer = await TestIssuer.start()
    const { introspection } = optionsWith({ jwts: true })
    await using host = await new FakeHost(optionsFor(issuer, {}, { introspection })).untilReady()
    let foreign = await issuer.sign({ claims: { aud: 'somebody-else' } })
    while (!/[-_][^.]*$/.test(foreign)) foreign = await issuer.sign({ claims: { aud: 'somebody-else' } })
    const end = foreign.lastIndexOf('.')
    const signature = foreign.slice(end).replaceAll('-', '+').replaceAll('_', '/')
    for (const one of [`${foreign}=`, `${foreign}==`, foreign.slice(0, end) + signature]) {
      server.tokens.set(one, basket)
      expect((await host.withToken(one)).error?.code).toBe('GW_AUTH_TOKEN_MALFORMED')
    }
    expect(server.asked).toHaveLength(0)
  })

  it('gets an opaque token of three parts, whatever they end with', async () => {
    await using issuer = await TestIssuer.start()
    const { introspection } = optionsWith()
    await using host = await new FakeHost(optionsFor(issuer, {}, { introspection })).untilReady()
    for (const one of ['v2.local.abcdE', 'a.b.c', 'part.two.x+/=']) {
      server.tokens.set(one, basket)
      expect((await host.withToken(one)).principal?.scheme).toBe('introspection')
    }
  })

  it('does not change what the jwt scheme refuses where it is not configured', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await new FakeHost(optionsFor(issuer)).untilReady()
    expect((await host.withToken(token)).error?.code).toBe('GW_AUTH_TOKEN_MALFORMED')
  })
})

describe('a reload', () => {
  it('keeps the tokens that are remembered', async () => {
    await using test = await createTestGateway([auth(optionsWith())])
    await send(test.url, bearer(token))
    await test.reload([auth(optionsWith())])
    expect((await send(test.url, bearer(token))).status).toBe(200)
    expect(server.asked).toHaveLength(1)
  })
})

describe('the options', () => {
  const refusal = (more: object) => () =>
    resolve({ introspection: { url: 'https://idp.internal/introspect', ...more } })

  it('need one way to prove who asks', () => {
    expect(refusal({})).toThrow('Give client or bearer')
    expect(refusal({ client, bearer: 'x' })).toThrow('Give client or bearer')
    expect(refusal({ bearer: 'x' })).not.toThrow()
  })

  it('do not repeat a secret, nor take one in the address', () => {
    expect(refusal({ bearer: 'my secret' })).not.toThrow('my secret')
    expect(refusal({ client, url: 'https://user:hidden@idp/introspect' })).toThrow('without user, password')
  })

  it('send a bearer token where that is what the endpoint wants', async () => {
    const introspection = { url: server.url, bearer: 'gateway-token' }
    await using host = new FakeHost({ introspection })
    expect((await host.withToken(token)).caller).toBe('basket')
    expect(server.asked[0]?.authorization).toBe('Bearer gateway-token')
  })
})
