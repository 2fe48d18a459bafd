import { writeFileSync } from 'node:fs'
import { calculateJwkThumbprint } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Revocation, type RevocationList, revocationList } from '../src/index.ts'
import { readRevocation } from '../src/revocation/revocation.ts'
import { RevocationStore } from '../src/revocation/revocation-store.ts'
import type { Verified } from '../src/schemes/scheme.ts'
import { eventually, FakeHost, headerOf, resolve } from './support/fake-host.ts'
import { TestFolder } from './support/folder.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

let issuer: TestIssuer
let other: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
  other = await TestIssuer.start()
})
afterAll(async () => {
  await issuer.stop()
  await other.stop()
})

const nowS = Math.floor(Date.now() / 1_000)
const at = (seconds: number) => new Date(seconds * 1_000).toISOString()
const codeOf = async (host: FakeHost, token: string) => (await host.withToken(token)).error?.code

/** A host for both issuers. */
function start(revocations: RevocationList | { file: { path: string; pollMs?: number } }): Promise<FakeHost> {
  const [first] = optionsFor(issuer).jwt ?? []
  const [second] = optionsFor(other).jwt ?? []
  return new FakeHost(
    optionsFor(issuer, {}, { jwt: [first, second].filter((one) => one !== undefined), revocations }),
  ).untilReady()
}

describe('a revocation by API', () => {
  const claims = { jti: 'token-1', sub: 'svc-a', iat: nowS - 100 }
  const cases: [string, () => Revocation | Promise<Revocation>, Record<string, unknown>][] = [
    ['a token', () => ({ token: 'token-1' }), { jti: 'token-2' }],
    ['a token of one issuer', () => ({ token: 'token-1', issuer: issuer.url }), { jti: 'token-2' }],
    ['a subject', () => ({ subject: 'svc-a' }), { sub: 'svc-b' }],
    ['what was issued before', () => ({ issuedBefore: at(nowS - 50) }), { iat: nowS - 50 }],
    [
      'what was issued before, of one subject',
      () => ({ issuedBefore: at(nowS - 50), subject: 'svc-a' }),
      { sub: 'svc-b' },
    ],
  ]
  it.each(cases)(
    'of %s counts at once for a token that is remembered, and for no other',
    async (_what, revocation, spared) => {
      const revocations = revocationList()
      await using host = await start(revocations)
      const token = await issuer.sign({ claims })
      const safe = await issuer.sign({ claims: { ...claims, ...spared } })
      expect(await codeOf(host, token)).toBeUndefined()
      expect(await codeOf(host, safe)).toBeUndefined()
      revocations.revoke(await revocation())
      const { error, sync, principal } = await host.withToken(token)
      expect(error).toMatchObject({
        code: 'GW_AUTH_REVOKED',
        status: 401,
        source: 'client',
        retryable: false,
      })
      expect(headerOf(error, 'www-authenticate')).toContain('error="invalid_token"')
      expect(principal).toBeUndefined()
      // Still remembered: no signature is checked again for it, and none for the others.
      expect(sync).toBe(true)
      const spare = await host.withToken(safe)
      expect([spare.error, spare.sync]).toEqual([undefined, true])
    },
  )

  it.each(['kid', 'thumbprint'])('of a key by its %s counts for all that it signed', async (by) => {
    await using rotating = await TestIssuer.start()
    const old = rotating.key
    const revocations = revocationList()
    await using host = await new FakeHost(optionsFor(rotating, {}, { revocations })).untilReady()
    const token = await rotating.sign()
    expect(await codeOf(host, token)).toBeUndefined()
    const key = by === 'kid' ? (old.kid as string) : await calculateJwkThumbprint(old.publicJwk)
    revocations.revoke({ key, issuer: rotating.url })
    expect(await codeOf(host, token)).toBe('GW_AUTH_REVOKED')
    expect(await codeOf(host, await rotating.sign({ claims: { sub: 'svc-new' } }))).toBe('GW_AUTH_REVOKED')
  })

  it('of what one issuer issued leaves the other alone', async () => {
    const revocations = revocationList()
    await using host = await start(revocations)
    revocations.revoke({ issuedBefore: at(nowS), issuer: issuer.url })
    revocations.revoke({ token: 'shared-id', issuer: issuer.url })
    const old = { iat: nowS - 100 }
    expect(await codeOf(host, await issuer.sign({ claims: old }))).toBe('GW_AUTH_REVOKED')
    expect(await codeOf(host, await other.sign({ claims: old }))).toBeUndefined()
    expect(await codeOf(host, await issuer.sign({ claims: { iat: nowS, jti: 'shared-id' } }))).toBe(
      'GW_AUTH_REVOKED',
    )
    expect(await codeOf(host, await other.sign({ claims: { iat: nowS, jti: 'shared-id' } }))).toBeUndefined()
  })

  it('takes a token without iat for issued before', async () => {
    const revocations = revocationList()
    await using host = await start(revocations)
    revocations.revoke({ issuedBefore: at(nowS) })
    expect(await codeOf(host, await issuer.sign())).toBe('GW_AUTH_REVOKED')
  })

  it('is seen by every gateway that has the list, before and after a reload', async () => {
    const revocations = revocationList()
    const token = await issuer.sign({ claims: { sub: 'svc-gone' } })
    await using first = await start(revocations)
    await using second = await start(revocations)
    await first.withToken(token)
    await second.withToken(token)
    revocations.revoke({ subject: 'svc-gone' })
    expect(await codeOf(first, token)).toBe('GW_AUTH_REVOKED')
    expect(await codeOf(second, token)).toBe('GW_AUTH_REVOKED')
    await using reloaded = await start(revocations)
    expect(await codeOf(reloaded, token)).toBe('GW_AUTH_REVOKED')
    // A generation without a list shares the remembered tokens, and nothing of the list.
    await using free = await new FakeHost(optionsFor(issuer)).untilReady()
    expect(await codeOf(free, token)).toBeUndefined()
    expect(await codeOf(reloaded, token)).toBe('GW_AUTH_REVOKED')
  })

  it('of a new list is not hidden by what an older list cleared', async () => {
    const token = await issuer.sign({ claims: { sub: 'svc-x' } })
    await using first = await start(revocationList())
    await first.withToken(token)
    const stricter = revocationList()
    stricter.revoke({ subject: 'svc-x' })
    await using second = await start(stricter)
    expect(await codeOf(second, token)).toBe('GW_AUTH_REVOKED')
    expect(await codeOf(first, token)).toBeUndefined()
  })

  it('can be taken back, listed, and ends by itself', async () => {
    const revocations = revocationList()
    const forever = { subject: 'svc-a' }
    revocations.revoke(forever, { token: 't', until: at(nowS - 1) }, { token: 'u', until: at(nowS + 3_600) })
    expect(revocations.list()).toEqual([forever, { token: 'u', until: at(nowS + 3_600) }])
    expect(revocations.restore(forever)).toBe(true)
    expect(revocations.restore(forever)).toBe(false)
    expect(revocations.state()).toEqual({ entries: 1, fileReadMs: undefined, fault: undefined })
    await using host = await start(revocations)
    expect(await codeOf(host, await issuer.sign({ claims: { sub: 'svc-a', jti: 't' } }))).toBeUndefined()
  })

  it('that is said again with another end counts until the last one said', async () => {
    const revocations = revocationList()
    await using host = await start(revocations)
    const token = await issuer.sign({ claims: { jti: 'again' } })
    revocations.revoke({ token: 'again' })
    expect(await codeOf(host, token)).toBe('GW_AUTH_REVOKED')
    revocations.revoke({ token: 'again', until: at(nowS - 1) })
    expect(await codeOf(host, token)).toBeUndefined()
  })

  it('is refused when it names nothing, or a time without its zone; nothing is added then', () => {
    const revocations = revocationList()
    const bad = (given: object) => () => revocations.revoke({ subject: 'fine' }, given)
    for (const given of [
      {},
      { issuer: 'i' },
      { token: '' },
      { issuedBefore: '2026-01-01T00:00:00' },
      { jti: 'a' },
    ]) {
      expect(bad(given)).toThrow('This cannot be revoked')
      expect(bad(given)).toThrow(expect.objectContaining({ code: 'GW_PLUGIN_OPTIONS_INVALID' }))
    }
    expect(revocations.list()).toEqual([])
  })
})

describe('a revocation by file', () => {
  const entry = (subject: string) => JSON.stringify([{ subject, issuer: issuer.url }])

  it('counts as soon as the file changes, also for remembered tokens', async () => {
    using folder = new TestFolder()
    const path = folder.replace('revoked.json', '[]')
    await using host = await start({ file: { path, pollMs: 50 } })
    const token = await issuer.sign({ claims: { sub: 'svc-file' } })
    expect(await codeOf(host, token)).toBeUndefined()
    folder.replace('revoked.json', entry('svc-file'))
    await eventually(async () => (await codeOf(host, token)) === 'GW_AUTH_REVOKED')
    folder.replace('revoked.json', '[]')
    await eventually(async () => (await codeOf(host, token)) === undefined)
  })

  it.each([
    ['is not JSON', '[{"subject": "svc-fi', 'it is not JSON'],
    ['is empty', '', 'it is not JSON'],
    ['is no list', '{"subject":"a"}', 'it is not a JSON list'],
    ['has one bad entry', '[{"subject":"a"},{"subjet":"b"}]', 'entry 1: subjet'],
  ])('keeps the last good list when the file %s, and says so', async (_what, text, reason) => {
    using folder = new TestFolder()
    const path = folder.replace('revoked.json', entry('svc-file'))
    const revocations = revocationList({ file: { path, pollMs: 50 } })
    await using host = await start(revocations)
    const token = await issuer.sign({ claims: { sub: 'svc-file' } })
    expect(await codeOf(host, token)).toBe('GW_AUTH_REVOKED')
    writeFileSync(path, text)
    await eventually(() => revocations.state().fault?.startsWith(reason) === true)
    expect(host.logger.lines.join('\n')).toContain('the last good one goes on')
    expect(host.logger.lines.join('\n')).not.toContain('svc-fi')
    expect(await codeOf(host, token)).toBe('GW_AUTH_REVOKED')
    expect(host.ready()).toBe(true)
    // A reload meanwhile knows what the generation before knew.
    await using reloaded = await start(revocations)
    expect(await codeOf(reloaded, token)).toBe('GW_AUTH_REVOKED')
  })

  it('that is missing at the start means 503 for good credentials, 401 for bad ones, and recovers by itself', async () => {
    using folder = new TestFolder()
    const file = { path: folder.at('revoked.json'), pollMs: 50 }
    await using host = new FakeHost(optionsFor(issuer, {}, { revocations: { file } }))
    await eventually(
      async () => (await codeOf(host, await issuer.sign())) === 'GW_AUTH_REVOCATIONS_UNAVAILABLE',
    )
    const { error } = await host.withToken(await issuer.sign())
    expect(error).toMatchObject({ status: 503, source: 'plugin', retryable: true })
    expect(headerOf(error, 'retry-after')).toBe('1')
    expect(await codeOf(host, 'a.b.c')).toBe('GW_AUTH_TOKEN_MALFORMED')
    expect(host.ready()).toBe(`The revocation list ${file.path} cannot be used: ENOENT.`)
    folder.replace('revoked.json', '[]')
    await host.untilReady()
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
  })

  it('and by API add up', async () => {
    using folder = new TestFolder()
    const path = folder.replace('revoked.json', entry('svc-file'))
    const revocations = revocationList({ file: { path } })
    await using host = await start(revocations)
    revocations.revoke({ subject: 'svc-api' })
    for (const sub of ['svc-file', 'svc-api'])
      expect(await codeOf(host, await issuer.sign({ claims: { sub } }))).toBe('GW_AUTH_REVOKED')
    expect(revocations.list()).toHaveLength(2)
  })
})

describe('credentials of any scheme', () => {
  const verified = (more: Partial<Verified>): Verified => ({
    principal: { id: 'svc', kind: 'service', scheme: 'mtls', scopes: [], claims: {}, via: [] },
    ...more,
  })
  const storeWith = (...given: Revocation[]) => {
    const store = new RevocationStore({})
    store.revoke(given)
    return store
  }
  const FINGERPRINT = 'ab'.repeat(32)

  it('are revoked by the fingerprint of their certificate, however it is written', () => {
    for (const key of [FINGERPRINT, FINGERPRINT.toUpperCase(), Array(32).fill('AB').join(':')]) {
      const store = storeWith({ key })
      expect(store.check(verified({ credential: { keys: [FINGERPRINT] } }))?.code).toBe('GW_AUTH_REVOKED')
      expect(store.check(verified({ credential: { keys: ['cd'.repeat(32)] } }))).toBeUndefined()
    }
  })

  it('are revoked by the id of their key and by their caller', () => {
    expect(storeWith({ key: 'key-7' }).check(verified({ credential: { keys: ['key-7'] } }))?.code).toBe(
      'GW_AUTH_REVOKED',
    )
    expect(storeWith({ subject: 'svc' }).check(verified({}))?.code).toBe('GW_AUTH_REVOKED')
    expect(
      storeWith({ key: 'key-7', subject: 'other' }).check(verified({ credential: { keys: ['key-7'] } })),
    ).toBeUndefined()
  })

  it('are touched by issuedBefore only when they say when they were issued', () => {
    const store = storeWith({ issuedBefore: at(nowS) })
    expect(store.check(verified({}))).toBeUndefined()
    expect(store.check(verified({ credential: { issuedAtMs: nowS * 1_000 - 1 } }))?.code).toBe(
      'GW_AUTH_REVOKED',
    )
    expect(store.check(verified({ credential: { issuedAtMs: nowS * 1_000 } }))).toBeUndefined()
  })

  it('that were found good are looked up again only when the list changed', () => {
    const store = storeWith({ subject: 'other' })
    let reads = 0
    const remembered: Verified = {
      get principal() {
        reads += 1
        return verified({}).principal
      },
      clearedEpoch: -1,
    }
    for (let i = 0; i < 10; i++) expect(store.check(remembered)).toBeUndefined()
    const once = reads
    expect(once).toBeGreaterThan(0)
    store.check(remembered)
    expect(reads).toBe(once)
    store.revoke([{ subject: 'svc' }])
    expect(store.check(remembered)?.code).toBe('GW_AUTH_REVOKED')
  })

  it('are found in a long list without walking through it', () => {
    const store = storeWith(...Array.from({ length: 50_000 }, (_, i) => ({ token: `t${i}` })))
    const before = performance.now()
    for (let i = 0; i < 10_000; i++) store.check(verified({ credential: { tokenId: `u${i}` } }))
    // A walk would take minutes.
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(store.check(verified({ credential: { tokenId: 't49999' } }))?.code).toBe('GW_AUTH_REVOKED')
  })
})

describe('the option', () => {
  it('takes what revocationList() gives, or options for one', () => {
    const list = revocationList()
    expect(resolve(optionsFor(issuer, {}, { revocations: list })).revocations).toBe(list)
    const file = { path: 'a.json', pollMs: 2_000 }
    expect(resolve(optionsFor(issuer, {}, { revocations: { file } })).revocations).toEqual({ file })
    expect(() => resolve(optionsFor(issuer, {}, { revocations: { path: 'a' } as never }))).toThrow()
  })

  it('reads a revocation without quoting it', () => {
    expect(() => readRevocation({ token: 'secret-id', issuedBefore: 'secret-time' })).toThrow(
      /^issuedBefore: Expected a time/,
    )
  })
})
