import { connect } from 'node:net'
import { createTestGateway, pluginConformance, until } from '@postern/core/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { auth } from '../src/index.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())
afterEach(() => {
  vi.unstubAllGlobals()
})

const bearer = async (changes = {}) => ({ authorization: `Bearer ${await issuer.sign(changes)}` })
const threaded = (more = {}) => auth({ ...optionsFor(issuer), workers: { threads: 1 }, ...more })

describe('conforms to the contract of a plugin', () => {
  for (const check of pluginConformance(() => threaded(), { headers: () => bearer() }))
    it(check.name, check.run)
})

describe('behind a real gateway', () => {
  it('passes a good token on, and the token with it', async () => {
    await using test = await createTestGateway([threaded()])
    const headers = await bearer()
    const response = await test.fetch('/orders', { headers })
    expect(response.status).toBe(200)
    expect(test.upstream.requests[0]?.headers.authorization).toBe(headers.authorization)
    await test.finished(1)
    expect(test.exchanges[0]?.caller).toBe('svc-orders')
    expect(test.exchanges[0]?.verdicts).toEqual([
      { plugin: '@postern/plugin-auth', mode: 'enforce', decision: 'allow', reason: 'ok' },
    ])
  })

  it('answers problem+json with a challenge, and the upstream hears nothing', async () => {
    await using test = await createTestGateway([threaded({ realm: 'internal' })])
    const missing = await test.fetch('/orders')
    expect(missing.status).toBe(401)
    expect(missing.headers.get('content-type')).toBe('application/problem+json')
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="internal"')
    expect(await missing.json()).toMatchObject({ code: 'GW_AUTH_TOKEN_MISSING', status: 401 })
    const expired = await test.fetch('/orders', { headers: await bearer({ expiresInS: -60 }) })
    expect(expired.status).toBe(401)
    expect(expired.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('refuses two Authorization lines on the wire', async () => {
    await using test = await createTestGateway([threaded()])
    const { authorization } = await bearer()
    const answer = await raw(test.port, [
      'GET / HTTP/1.1',
      'host: gateway',
      `authorization: ${authorization}`,
      `authorization: ${authorization}`,
      'connection: close',
    ])
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer).toContain('GW_AUTH_REQUEST_INVALID')
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('says who is calling, whatever the client claims', async () => {
    const identityHeaders = { subject: 'X-Caller', scopes: 'x-caller-scopes' }
    const route = { plugins: { auth: { anonymous: true } } }
    await using test = await createTestGateway([threaded({ identityHeaders })], { route })
    const forged = { 'X-Caller': 'admin', 'x-caller-SCOPES': 'all' }
    await test.fetch('/', { headers: { ...(await bearer()), ...forged } })
    await test.fetch('/', { headers: forged })
    // A client cannot have the gateway drop its header either, by calling it hop-by-hop.
    const { authorization } = await bearer()
    await raw(test.port, [
      'GET / HTTP/1.1',
      'host: gateway',
      `authorization: ${authorization}`,
      'connection: close, x-caller',
      'x-caller: admin',
    ])
    const seen = test.upstream.requests.map(({ headers }) => [
      headers['x-caller'],
      headers['x-caller-scopes'],
    ])
    expect(seen).toEqual([
      ['svc-orders', 'orders.read orders.write'],
      [undefined, undefined],
      ['svc-orders', 'orders.read orders.write'],
    ])
  })

  it('checks scopes route by route', async () => {
    await using test = await createTestGateway([threaded()], {
      route: { plugins: { auth: { scopes: ['orders.delete'] } } },
    })
    const response = await test.fetch('/', { headers: await bearer() })
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(response.headers.get('www-authenticate')).toContain('scope="orders.delete"')
  })

  it('in shadow records what it would refuse and lets it pass', async () => {
    await using test = await createTestGateway([auth(optionsFor(issuer), { mode: 'shadow' })])
    expect((await test.fetch('/')).status).toBe(200)
    expect((await test.fetch('/', { headers: await bearer({ claims: { aud: 'other' } }) })).status).toBe(200)
    expect((await test.fetch('/', { headers: await bearer() })).status).toBe(200)
    await test.finished(3)
    expect(
      test.exchanges.map(({ verdicts }) =>
        verdicts.map((one) => `${one.mode} ${one.decision} ${one.reason}`),
      ),
    ).toEqual([
      ['shadow deny GW_AUTH_TOKEN_MISSING'],
      ['shadow deny GW_AUTH_TOKEN_INVALID'],
      ['shadow allow ok'],
    ])
  })

  it('in observe records which schemes arrive', async () => {
    await using test = await createTestGateway([auth(optionsFor(issuer), { mode: 'observe' })])
    await test.fetch('/')
    await test.fetch('/', { headers: { authorization: 'Basic dXNlcjpwYXNz' } })
    await test.fetch('/', { headers: await bearer() })
    await test.finished(3)
    expect(test.exchanges.map(({ verdicts }) => verdicts[0]?.reason)).toEqual([
      'none',
      'basic',
      `bearer-jwt iss=${issuer.url} alg=ES256`,
    ])
  })

  it('is not ready, and closed rather than open, while there are no keys', async () => {
    await using down = await TestIssuer.start()
    down.behaviour = 'broken'
    await using test = await createTestGateway([auth(optionsFor(down, {}, { jwks: { refreshMs: 200 } }))])
    const response = await test.fetch('/', { headers: { authorization: `Bearer ${await down.sign()}` } })
    expect(response.status).toBe(503)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(await response.json()).toMatchObject({ code: 'GW_AUTH_KEYS_UNAVAILABLE' })
    expect(test.gateway.readiness().reasons).toEqual([
      `@postern/plugin-auth: The keys of issuer "${down.url}" cannot be used: status 500.`,
    ])
    down.behaviour = 'up'
    await until(() => test.gateway.readiness().ready, 'readiness')
  })

  it('loses no request in a reload, even while the issuer is down', async () => {
    await using shaky = await TestIssuer.start()
    const make = () => auth({ ...optionsFor(shaky), workers: { threads: 1 } })
    let threads = 0
    const count = () => {
      threads += 1
    }
    process.on('worker', count)
    await using test = await createTestGateway([make()])
    const tokens = await Promise.all(Array.from({ length: 20 }, () => shaky.sign()))
    const send = (token: string) => test.fetch('/', { headers: { authorization: `Bearer ${token}` } })
    expect((await send(tokens[0] as string)).status).toBe(200)
    shaky.behaviour = 'broken'
    const statuses: number[] = []
    for (const token of tokens) {
      const [response] = await Promise.all([send(token), test.reload([make()])])
      statuses.push(response.status)
    }
    expect(new Set(statuses)).toEqual(new Set([200]))
    await until(() => test.gateway.stats().liveGenerations === 1, 'old generations to be closed')
    // Equal options: the workers, and with them keys and verified tokens, passed over.
    expect(threads).toBe(1)
    process.off('worker', count)
    // Other options for the tokens, same issuer: its keys passed over.
    await test.reload([auth({ ...optionsFor(shaky), cache: { maxEntries: 5 } })])
    expect((await send(await shaky.sign())).status).toBe(200)
  })

  it('refuses a wrong option at the start, by name', async () => {
    const wrong = {
      ...optionsFor(issuer),
      jwt: [{ issuer: issuer.url, audience: 'a', algorithms: ['HS256'] }],
    } as never
    await expect(createTestGateway([auth(wrong)])).rejects.toThrow(/jwt\[0\]\.algorithms.*"HS256" is refused/)
    const route = { plugins: { auth: { issuers: ['https://typo'] } } }
    await expect(createTestGateway([threaded()], { route })).rejects.toThrow(
      /Route "default" accepts only the issuer "https:\/\/typo"/,
    )
  })

  it('does not need the global fetch, which may lead through this very gateway', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error('through the gateway')))
    await using own = await TestIssuer.start()
    await using test = await createTestGateway([auth(optionsFor(own))])
    const request = new Request('http://service/', {
      headers: { authorization: `Bearer ${await own.sign()}` },
    })
    expect((await test.gateway.fetch(request)).status).toBe(200)
  })

  it('writes no part of a token into logs, verdicts and answers', async () => {
    await using test = await createTestGateway([threaded()])
    const tokens = [
      await issuer.sign({ claims: { aud: 'other' } }),
      await issuer.sign({ header: { kid: 'kid-in-token' } }),
      `${(await issuer.sign()).slice(0, -6)}AAAAAA`,
      'b3BhcXVl',
    ]
    let told = ''
    for (const token of tokens) {
      const response = await test.fetch('/', { headers: { authorization: `Bearer ${token}` } })
      told += JSON.stringify([...response.headers]) + (await response.text())
    }
    await test.finished(tokens.length)
    told += JSON.stringify(test.logs.map((line) => [line.message, line.fields, String(line.fields['err'])]))
    told += JSON.stringify(
      test.exchanges.map(({ verdicts, error }) => [verdicts, error?.message, String(error?.cause)]),
    )
    for (const part of tokens.flatMap((token) => token.split('.'))) expect(told).not.toContain(part)
    expect(told).not.toContain('kid-in-token')
  })
})

function raw(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      answer += String(chunk)
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}
