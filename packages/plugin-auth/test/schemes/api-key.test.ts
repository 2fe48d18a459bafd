import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { principal } from '@postern/core/contracts'
import { createTestGateway, type TestGateway, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { type ApiKeyOptions, type AuthStats, auth, generateApiKey, hashApiKey } from '../../src/index.ts'
import { FakeHost, resolve } from '../support/fake-host.ts'
import { figures, viewed } from '../support/figures.ts'
import { codeOf, expectNoLeak, send } from '../support/send.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const key = generateApiKey()
const entry = { id: 'basket', hash: hashApiKey(key), scopes: ['orders.read'], createdAt: '2026-01-31' }
/** What is wrong with the file of keys. */
const faultOf = ({ gateway }: TestGateway): string | undefined =>
  (viewed(gateway, 'auth') as AuthStats).files['apiKeys.file']?.fault
const withKeys = (apiKeys: ApiKeyOptions = { keys: [entry] }) => auth({ apiKeys })

describe('an API key', () => {
  it('proves who calls', async () => {
    await using test = await createTestGateway([withKeys()])
    expect((await send(test.url, ['X-Api-Key', key])).status).toBe(200)
    await test.finished(1)
    const [exchange] = test.exchanges
    expect(exchange?.caller).toBe('basket')
    expect(exchange?.get(principal)).toEqual({
      id: 'basket',
      kind: 'service',
      scheme: 'api-key',
      scopes: ['orders.read'],
      claims: { keyId: entry.hash.slice(7, 19), createdAt: '2026-01-31' },
      via: [],
    })
  })

  it('is asked for when it is missing, unknown, mistyped or expired, and stays secret', async () => {
    const old = generateApiKey()
    const expired = { id: 'old', hash: hashApiKey(old), expiresAt: '2026-01-01T00:00:00+01:00' }
    await using test = await createTestGateway([withKeys({ keys: [entry, expired] })])
    const last = key.endsWith('0') ? '1' : '0'
    const sent = [generateApiKey(), key.slice(0, -1) + last, old]
    const missing = await send(test.url)
    expect([missing.status, codeOf(missing), missing.headers['www-authenticate']]).toEqual([
      401,
      'GW_AUTH_TOKEN_MISSING',
      'ApiKey',
    ])
    const answers = await Promise.all(sent.map((one) => send(test.url, ['x-api-key', one])))
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
      expect(answer.headers['www-authenticate']).toBe('ApiKey')
    }
    await test.finished(4)
    expect(new Set(test.exchanges.map(({ error }) => error?.message))).toEqual(
      new Set([
        'The API key has expired.',
        'The API key is not known, and its checksum is wrong: it was cut or mistyped.',
        'The API key is not known.',
        'The request carries no credentials that the route accepts.',
      ]),
    )
    expectNoLeak(test, answers, [...sent, key])
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('is refused twice on one request, empty, huge, with blanks or not ASCII', async () => {
    await using test = await createTestGateway([withKeys()])
    const bad = [
      ['x-api-key', key, 'X-API-KEY', key],
      ['x-api-key', ''],
      ['x-api-key', 'k'.repeat(513)],
      ['x-api-key', `${key} ${key}`],
      ['x-api-key', `${key}, ${key}`],
      ['x-api-key', `${key}\xe9`],
    ]
    for (const headers of bad) {
      const answer = await send(test.url, headers)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'GW_AUTH_REQUEST_INVALID'])
    }
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('is not read from the query or another header', async () => {
    await using test = await createTestGateway([withKeys({ header: 'X-Service-Key', keys: [entry] })])
    expect((await send(`${test.url}/?x-service-key=${key}&api_key=${key}`)).status).toBe(401)
    expect((await send(test.url, ['x-api-key', key])).status).toBe(401)
    expect((await send(test.url, ['authorization', `Bearer ${key}`])).status).toBe(401)
    expect((await send(test.url, ['x-service-key', key])).status).toBe(200)
  })

  it('goes on to the upstream, or not, by option', async () => {
    for (const forward of [true, false]) {
      await using test = await createTestGateway([withKeys({ keys: [entry], forward })])
      await send(test.url, ['x-api-key', key])
      expect(test.upstream.requests[0]?.headers['x-api-key']).toBe(forward ? key : undefined)
    }
  })

  it('may be one of several of a caller, while a new one replaces an old one', async () => {
    const next = generateApiKey()
    await using host = new FakeHost({ apiKeys: { keys: [entry, { ...entry, hash: hashApiKey(next) }] } })
    for (const one of [key, next]) expect((await host.request(['x-api-key', one])).caller).toBe('basket')
  })

  it('is looked up by its digest alone: neither a prefix nor the hash itself is a key', async () => {
    await using host = new FakeHost({ apiKeys: { keys: [entry] } })
    for (const one of [key.slice(0, -1), `${key}x`, key.toUpperCase(), entry.hash, entry.hash.slice(7)])
      expect((await host.request(['x-api-key', one])).error?.code).toBe('GW_AUTH_CREDENTIALS_INVALID')
  })

  it('is checked without a promise', async () => {
    await using host = new FakeHost({ apiKeys: { keys: [entry] } })
    expect((await host.request(['x-api-key', key])).sync).toBe(true)
  })
})

describe('a file of API keys', () => {
  const other = generateApiKey()
  const list = (...keys: object[]) => JSON.stringify(keys)
  const replace = async (path: string, text: string) => {
    await writeFile(`${path}.new`, text)
    await rename(`${path}.new`, path)
  }

  it('is read at the start and again when another takes its place, without a restart', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'keys.json')
    await writeFile(path, list(entry))
    await using test = await createTestGateway([withKeys({ file: { path, pollMs: 100 } })])
    const status = async (one: string) => (await send(test.url, ['x-api-key', one])).status
    expect([await status(key), await status(other)]).toEqual([200, 401])
    await replace(path, list({ id: 'basket', hash: hashApiKey(other) }))
    await until(async () => (await status(other)) === 200, 'the new key')
    expect(await status(key)).toBe(401)
  })

  it('that is broken leaves the last good one in service, and says so in log and metrics until it is mended', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'keys.json')
    await writeFile(path, list(entry))
    await using test = await createTestGateway([withKeys({ file: { path, pollMs: 100 } })])
    const broken: [string, string][] = [
      [`[{"id": "basket", "hash": "${other}"`, 'it is not JSON'],
      [list(entry, { id: 'new', hash: other }), 'entry 2: Expected sha256: and 64 hex digits'],
      [list(entry, { id: 'new', hash: entry.hash, key: other }), 'entry 2: Unknown key'],
      [list(entry, { ...entry, id: other.slice(0, 3) }), 'entry 2: its hash stands in an earlier entry, too'],
      [list({ ...entry, id: 'a\r\nx-admin: 1' }), 'entry 1: Expected who the caller is'],
      [JSON.stringify({ keys: [] }), 'Expected a list'],
    ]
    for (const [text, reason] of broken) {
      await replace(path, text)
      await until(() => faultOf(test)?.includes(reason) ?? false, reason)
      expect(test.gateway.readiness()).toEqual({ ready: true, reasons: [] })
      expect(figures(test.gateway, 'files.stale')).toEqual(['option=apiKeys.file 1'])
      expect((await send(test.url, ['x-api-key', key])).status).toBe(200)
    }
    const errors = test.logs.filter(({ level }) => level === 'error')
    expect(errors).toHaveLength(broken.length)
    expect(errors[0]?.message).toBe('The file of API keys cannot be used; its last good content goes on')
    expectNoLeak(test, [], [other])
    expect(figures(test.gateway, 'files.reads')).toEqual([
      'option=apiKeys.file outcome=ok 1',
      `option=apiKeys.file outcome=failed ${broken.length}`,
    ])
    await writeFile(path, list(entry))
    await until(() => faultOf(test) === undefined, 'the mended file')
    expect(figures(test.gateway, 'files.stale')).toEqual(['option=apiKeys.file 0'])
  })

  it('that was never read means 503, not open and not 401, and is read once it is there', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'later', 'keys.json')
    await using test = await createTestGateway([withKeys({ keys: [entry], file: { path, pollMs: 50 } })])
    const answer = await send(test.url, ['x-api-key', other])
    expect([answer.status, codeOf(answer)]).toEqual([503, 'GW_AUTH_AUTHORITY_UNAVAILABLE'])
    expect(answer.headers['retry-after']).toBe('1')
    expect(test.gateway.readiness().reasons).toEqual([
      `@postern/plugin-auth: The list of API keys was never read (${path}): ENOENT.`,
    ])
    // What stands in the options needs no file.
    expect((await send(test.url, ['x-api-key', key])).status).toBe(200)
    await folder.make('later')
    await writeFile(path, list({ id: 'late', hash: hashApiKey(other) }))
    await until(() => test.gateway.readiness().ready, 'readiness')
    expect((await send(test.url, ['x-api-key', other])).status).toBe(200)
  })

  it('stays read over a reload while it is broken', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'keys.json')
    await writeFile(path, list(entry))
    const file = { path, pollMs: 100 }
    await using test = await createTestGateway([withKeys({ file })])
    await writeFile(path, 'broken')
    await until(() => faultOf(test) !== undefined, 'the fault')
    await test.reload([withKeys({ file })])
    expect(test.gateway.readiness().ready).toBe(true)
    expect((await send(test.url, ['x-api-key', key])).status).toBe(200)
  })
})

describe('generateApiKey and hashApiKey', () => {
  it('make keys that scanners find, each another one', () => {
    const keys = Array.from({ length: 100 }, () => generateApiKey('acme'))
    expect(new Set(keys).size).toBe(100)
    for (const one of keys) expect(one).toMatch(/^acme_[0-9A-Za-z]{38}$/)
    expect(generateApiKey()).toMatch(/^postern_[0-9A-Za-z]{38}$/)
  })

  it('hash what is long enough not to be guessed', () => {
    expect(hashApiKey('a'.repeat(20))).toBe(
      'sha256:42492da06234ad0ac76f5d5debdb6d1ae027cffbe746a1c13b89bb8bc0139137',
    )
    for (const bad of [
      '',
      'short',
      'a'.repeat(513),
      'with a blank in the middle',
      'not-ascii-but-long-enough-é',
    ])
      expect(() => hashApiKey(bad)).toThrow('An API key has 20 to 512 printable ASCII characters')
  })

  it.each(['', 'Acme', '1acme', 'a_b', 'a'.repeat(17)])('refuse the prefix %o', (prefix) => {
    expect(() => generateApiKey(prefix)).toThrow('1 to 16 lower-case letters and digits')
  })
})

describe('the options', () => {
  const refusal = (apiKeys: object) => () => resolve({ apiKeys })

  it('refuse a key in place of its hash, and do not repeat it', () => {
    const check = refusal({ keys: [{ id: 'basket', hash: key }] })
    expect(check).toThrow('A key itself never stands in options or files')
    expect(check).not.toThrow(key)
    expect(refusal({ keys: [{ id: 'basket', key }] })).not.toThrow(key)
  })

  it('refuse what would authenticate nobody, or one key for two', () => {
    expect(refusal({})).toThrow('Give keys, or a file with keys')
    expect(refusal({ keys: [entry, { ...entry, id: 'other' }] })).toThrow('Two entries have the same hash')
    expect(refusal({ header: 'authorization', keys: [entry] })).toThrow('belongs to HTTP itself')
    expect(refusal({ keys: [{ ...entry, expiresAt: 'tomorrow' }] })).toThrow('ISO 8601')
    expect(refusal({ keys: [{ ...entry, expiresAt: '2026-02-30T25:00:00Z' }] })).toThrow('ISO 8601')
  })
})
