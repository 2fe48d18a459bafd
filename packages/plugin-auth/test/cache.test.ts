import { afterEach, describe, expect, it, vi } from 'vitest'
import { TokenCache } from '../src/verify/token-cache.ts'
import { FakeHost } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** Moves the wall clock without stopping timers and sockets. */
function moveClock(byMs: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + byMs })
}

const hostFor = (issuer: TestIssuer, cache = {}) =>
  new FakeHost(optionsFor(issuer, { clockToleranceMs: 0 }, { cache })).untilReady()

describe('a verified token', () => {
  it('is answered for without a promise when it comes again', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer)
    const token = await issuer.sign()
    const first = await host.withToken(token)
    expect(first.sync).toBe(false)
    const second = await host.withToken(token)
    expect(second.sync).toBe(true)
    expect(second.principal).toBe(first.principal)
  })

  it('expires in the cache', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer)
    const token = await issuer.sign({ expiresInS: 60 })
    expect((await host.withToken(token)).error).toBeUndefined()
    moveClock(61_000)
    const { error, sync, principal } = await host.withToken(token)
    expect(error?.code).toBe('GW_AUTH_TOKEN_EXPIRED')
    expect(sync).toBe(true)
    expect(principal).toBeUndefined()
  })

  it('is checked against nbf again, for a clock that was set back', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer)
    const token = await issuer.sign({ claims: { nbf: Math.floor(Date.now() / 1_000) } })
    expect((await host.withToken(token)).error).toBeUndefined()
    moveClock(-10_000)
    expect((await host.withToken(token)).error?.code).toBe('GW_AUTH_TOKEN_NOT_YET_VALID')
  })

  it('is verified anew after maxAgeMs', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { maxAgeMs: 10_000 })
    const token = await issuer.sign()
    await host.withToken(token)
    moveClock(9_000)
    expect((await host.withToken(token)).sync).toBe(true)
    moveClock(11_000)
    const again = await host.withToken(token)
    expect(again.sync).toBe(false)
    expect(again.error).toBeUndefined()
  })

  it('is not kept when the cache is off', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { maxEntries: 0 })
    const token = await issuer.sign()
    await host.withToken(token)
    expect((await host.withToken(token)).sync).toBe(false)
  })
})

describe('a bad signature', () => {
  it('is remembered for ten seconds', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer)
    const token = await issuer.sign()
    const bad = `${token.slice(0, -6)}AAAAAA`
    expect((await host.withToken(bad)).sync).toBe(false)
    const second = await host.withToken(bad)
    expect(second.sync).toBe(true)
    expect(second.error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    moveClock(11_000)
    expect((await host.withToken(bad)).sync).toBe(false)
  })

  it('is not held against another token with the same signature segment', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer)
    const token = await issuer.sign()
    const [header, , signature] = token.split('.')
    const other = `${header}.${Buffer.from(JSON.stringify({ iss: issuer.url, sub: 'admin', exp: 4_102_444_800 })).toString('base64url')}.${signature}`
    expect((await host.withToken(other)).error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    expect((await host.withToken(token)).principal?.id).toBe('svc-orders')
  })
})

describe('TokenCache', () => {
  const entry = (token: string) => ({ token, used: false })

  it('gives an entry only for the whole token', () => {
    const cache = new TokenCache(10)
    cache.set('sig', entry('a.b.sig'))
    expect(cache.get('sig', 'a.b.sig')?.token).toBe('a.b.sig')
    expect(cache.get('sig', 'a.c.sig')).toBeUndefined()
  })

  it('drops the oldest entry that was not used lately when it is full', () => {
    const cache = new TokenCache(2)
    cache.set('1', entry('1'))
    cache.set('2', entry('2'))
    cache.get('1', '1')
    cache.set('3', entry('3'))
    expect(cache.size).toBe(2)
    expect(cache.get('2', '2')).toBeUndefined()
    expect(cache.get('1', '1')).toBeDefined()
    cache.set('1', entry('1'))
    expect(cache.size).toBe(2)
  })

  it('finds room when every entry was used', () => {
    const cache = new TokenCache(3)
    for (const name of ['1', '2', '3']) cache.set(name, entry(name))
    for (const name of ['1', '2', '3']) cache.get(name, name)
    cache.set('4', entry('4'))
    expect(cache.size).toBe(3)
    expect(cache.get('1', '1')).toBeUndefined()
    expect(cache.get('4', '4')).toBeDefined()
  })
})
