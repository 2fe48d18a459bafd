import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createTestGateway, until } from '@postern/core/testing'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { auth, type BasicOptions, hashPassword, type ScryptCost } from '../../src/index.ts'
import { FakeHost, resolve } from '../support/fake-host.ts'
import { codeOf, expectNoLeak, send } from '../support/send.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// A spy that calls through: what must not be told by the clock is told by the calls.
const { scrypt } = vi.hoisted(() => ({ scrypt: vi.fn() }))
vi.mock('node:crypto', async (load) => {
  const crypto = await load<typeof import('node:crypto')>()
  scrypt.mockImplementation(crypto.scrypt)
  return { ...crypto, scrypt }
})

// The cheapest that is accepted.
const cost: ScryptCost = { ln: 14, r: 8, p: 1 }
const password = 'correct horse: 日本 é'
const header = (text: string | Uint8Array) => [
  'authorization',
  `Basic ${Buffer.from(text).toString('base64')}`,
]
const credentials = (user: string, secret: string) => header(`${user}:${secret}`)

let alice: { readonly id: string; readonly hash: string }
beforeAll(async () => {
  alice = { id: 'alice', hash: await hashPassword(password, cost) }
})
const withUsers = (more: Partial<BasicOptions> = {}, realm?: string) =>
  auth({ basic: { users: [{ ...alice, kind: 'user', scopes: ['orders.read'] }], ...more }, realm })

describe('a user name and a password', () => {
  it('prove who calls', async () => {
    await using host = new FakeHost({
      basic: { users: [{ ...alice, kind: 'user', scopes: ['orders.read'] }] },
    })
    for (const scheme of ['Basic', 'basic', 'BASIC']) {
      const [name, value = ''] = credentials('alice', password)
      const checked = await host.request([name as string, value.replace('Basic', scheme)])
      expect(checked.error).toBeUndefined()
      expect(checked.principal).toMatchObject({
        id: 'alice',
        kind: 'user',
        scheme: 'basic',
        scopes: ['orders.read'],
      })
    }
  })

  it('are asked for with realm and charset, and stay secret', async () => {
    await using test = await createTestGateway([withUsers()])
    const challenge = 'Basic realm="gateway", charset="UTF-8"'
    const missing = await send(test.url)
    expect([missing.status, missing.headers['www-authenticate']]).toEqual([401, challenge])
    const answers = [
      await send(test.url, credentials('alice', 'guess-one')),
      await send(test.url, credentials('mallory', 'guess-two')),
      await send(test.url, credentials('alice', '')),
      await send(test.url, credentials('', password)),
    ]
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([401, 'GW_AUTH_CREDENTIALS_INVALID'])
      expect(answer.headers['www-authenticate']).toBe(challenge)
    }
    await test.finished(5)
    // Nothing tells whether the name exists.
    expect(new Set(answers.map(({ body }) => body.replace(/"[0-9a-f]{32}"/, ''))).size).toBe(1)
    expect(new Set(test.exchanges.slice(1).map(({ error }) => error?.message)).size).toBe(1)
    expectNoLeak(test, answers, ['guess', 'mallory', password, ...answers.map(() => alice.hash)])
    await using named = await createTestGateway([withUsers({}, 'internal')])
    expect((await send(named.url)).headers['www-authenticate']).toBe(
      'Basic realm="internal", charset="UTF-8"',
    )
  })

  it.each([
    ['another charset than UTF-8', header(Buffer.from('alice:\xe9', 'latin1'))],
    ['a NUL', header(`alice:${'\0'}x`)],
    ['a line break', header('alice\r\nx-admin: 1:x')],
    ['no colon', header('alice')],
    ['no base64', ['authorization', 'Basic ali:ce']],
    ['base64 with a second value', ['authorization', 'Basic YTpi, YTpi']],
    ['base64 and a blank that is none of HTTP', ['authorization', 'Basic YTpi\xa0']],
    ['nothing', ['authorization', 'Basic']],
    ['blanks only', ['authorization', 'Basic   ']],
    ['a huge value', header(`alice:${'x'.repeat(2_000)}`)],
    ['two lines', ['authorization', 'Basic YTpi', 'Authorization', 'Basic YTpi']],
  ])('with %s are refused before any hash is computed', async (_what, headers) => {
    await using test = await createTestGateway([withUsers()])
    scrypt.mockClear()
    const answer = await send(test.url, headers)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'GW_AUTH_REQUEST_INVALID'])
    expect(scrypt).not.toHaveBeenCalled()
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('may have colons in the password, and letters composed either way', async () => {
    await using host = new FakeHost({ basic: { users: [alice] } })
    expect((await host.request(credentials('alice', password.normalize('NFD')))).caller).toBe('alice')
    expect((await host.request(credentials('alice', password.split(':')[0] as string))).error).toBeDefined()
  })

  it('that are wrong take the same work whether the name exists or not', async () => {
    await using host = new FakeHost({ basic: { users: [alice] } })
    scrypt.mockClear()
    await host.request(credentials('alice', 'wrong'))
    await host.request(credentials('nobody', 'wrong'))
    const [known, unknown] = scrypt.mock.calls
    expect(scrypt).toHaveBeenCalledTimes(2)
    expect(unknown?.[3]).toEqual(known?.[3])
    expect(unknown?.[2]).toBe(known?.[2])
  })

  it('are verified once, at once when known, and repeated wrong ones cost nothing either', async () => {
    await using host = new FakeHost({ basic: { users: [alice] } })
    scrypt.mockClear()
    const together = await Promise.all(
      Array.from({ length: 20 }, () => host.request(credentials('alice', password))),
    )
    expect(together.every(({ caller }) => caller === 'alice')).toBe(true)
    expect(scrypt).toHaveBeenCalledTimes(1)
    expect((await host.request(credentials('alice', password))).sync).toBe(true)
    await host.request(credentials('alice', 'wrong'))
    expect((await host.request(credentials('alice', 'wrong'))).sync).toBe(true)
    expect(scrypt).toHaveBeenCalledTimes(2)
  })

  it('that are not remembered, by option, are checked each time', async () => {
    await using host = new FakeHost({ basic: { users: [alice], cacheMs: 0 } })
    scrypt.mockClear()
    for (let i = 0; i < 2; i++) await host.request(credentials('alice', password))
    expect(scrypt).toHaveBeenCalledTimes(2)
  })

  it('that expired are refused, to who knows the password only', async () => {
    await using host = new FakeHost({ basic: { users: [{ ...alice, expiresAt: '2026-01-01' }] } })
    const right = await host.request(credentials('alice', password))
    const wrong = await host.request(credentials('alice', 'wrong'))
    expect([right.error?.code, right.error?.message]).toEqual([
      'GW_AUTH_CREDENTIALS_INVALID',
      'The password has expired.',
    ])
    expect(wrong.error?.message).toBe('The user name or the password is wrong.')
  })

  it('in a flood of wrong ones are bounded: 503 with retry-after, and nobody passes', async () => {
    await using test = await createTestGateway([withUsers({ concurrency: 1, maxQueue: 2 })])
    scrypt.mockClear()
    const flood = await Promise.all(
      Array.from({ length: 30 }, (_, i) => send(test.url, credentials('alice', `guess ${i}`))),
    )
    const refused = flood.filter(({ status }) => status === 503)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length + scrypt.mock.calls.length).toBe(30)
    for (const answer of refused) {
      expect(codeOf(answer)).toBe('GW_AUTH_OVERLOADED')
      expect(answer.headers['retry-after']).toBe('1')
    }
    expect(flood.filter(({ status }) => status < 400)).toEqual([])
    // Those that were refused unchecked are not held against anybody.
    expect((await send(test.url, credentials('alice', password))).status).toBe(200)
  })
})

describe('a file of users', () => {
  it('changes passwords, scopes and users without a restart, whatever is remembered', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'users.json')
    await writeFile(path, JSON.stringify([alice]))
    await using test = await createTestGateway([
      auth({ basic: { file: { path, pollMs: 100 } } }, { mode: 'enforce' }),
    ])
    const status = async (secret: string) => (await send(test.url, credentials('alice', secret))).status
    expect([await status(password), await status('new password')]).toEqual([200, 401])
    const hash = await hashPassword('new password', cost)
    await writeFile(path, JSON.stringify([{ ...alice, hash }]))
    await until(async () => (await status('new password')) === 200, 'the new password')
    expect(await status(password)).toBe(401)
    await writeFile(path, '[]')
    await until(async () => (await status('new password')) === 401, 'the removal')
  })

  it('that was never read means 503 for everybody who is not in the options', async () => {
    await using folder = await temporaryFolder()
    await using test = await createTestGateway([withUsers({ file: { path: join(folder.path, 'none') } })])
    const answer = await send(test.url, credentials('bob', 'x'))
    expect([answer.status, codeOf(answer)]).toEqual([503, 'GW_AUTH_AUTHORITY_UNAVAILABLE'])
    expect((await send(test.url, credentials('alice', password))).status).toBe(200)
    expect(test.gateway.readiness().ready).toBe(false)
  })

  it('keeps its passwords and what was verified over a reload', async () => {
    await using test = await createTestGateway([withUsers()])
    expect((await send(test.url, credentials('alice', password))).status).toBe(200)
    scrypt.mockClear()
    await test.reload([withUsers()])
    expect((await send(test.url, credentials('alice', password))).status).toBe(200)
    expect(scrypt).not.toHaveBeenCalled()
  })
})

describe('hashPassword', () => {
  it('makes PHC strings with a salt of their own', async () => {
    const hashes = await Promise.all([hashPassword('x', cost), hashPassword('x', cost)])
    for (const one of hashes)
      expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(hashes[0]).not.toBe(hashes[1])
    expect(await hashPassword('x')).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$/)
  })

  it('refuses what no client can send, and a cost that protects nothing or needs too much', async () => {
    await expect(hashPassword('')).rejects.toThrow('A password is not empty')
    await expect(hashPassword('a\nb')).rejects.toThrow('no control characters')
    for (const bad of [{ ln: 10 }, { ln: 30 }, { r: 0 }, { p: 17 }, { ln: 14.5 }])
      await expect(hashPassword('x', { ...cost, ...bad })).rejects.toThrow('16 to 256 MiB')
  })
})

describe('the options', () => {
  const refusal = (basic: object) => () => resolve({ basic })

  it('refuse a password in place of its hash, and do not repeat it', () => {
    for (const hash of [password, '$2b$12$abcdefghijklmnopqrstuv', '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHQ$', '']) {
      const check = refusal({ users: [{ ...alice, hash }] })
      expect(check).toThrow('A password itself never stands in options or files')
      if (hash !== '') expect(check).not.toThrow(hash)
    }
    expect(refusal({ users: [{ ...alice, hash: alice.hash.replace('ln=14', 'ln=10') }] })).toThrow(
      '16 to 256',
    )
  })

  it('refuse what would authenticate nobody, and names that cannot be sent or are there twice', () => {
    expect(refusal({})).toThrow('Give users, or a file with users')
    expect(refusal({ users: [alice, alice] })).toThrow('Two users have the same id')
    expect(refusal({ users: [{ ...alice, id: 'a:b' }] })).toThrow('no colon')
    expect(refusal({ users: [{ ...alice, id: 'müller' }] })).toThrow('printable ASCII')
  })
})
