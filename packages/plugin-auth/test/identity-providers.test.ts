/** Real identity providers over HTTP, found by discovery. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { JwksOptions, JwtIssuerOptions } from '../src/index.ts'
import { eventually, FakeHost } from './support/fake-host.ts'
import {
  AUDIENCE,
  type IdentityProvider,
  startMockServer,
  startOidcProvider,
} from './support/identity-providers.ts'

const providers: [string, () => Promise<IdentityProvider>][] = [
  ['oauth2-mock-server', startMockServer],
  ['oidc-provider', startOidcProvider],
]

function hostFor(idp: IdentityProvider, jwks: JwksOptions = {}, more: Partial<JwtIssuerOptions> = {}) {
  return new FakeHost({
    jwt: [{ issuer: idp.issuer, audience: AUDIENCE, algorithms: ['ES256'], ...more }],
    jwks,
    workers: { threads: 1 },
  })
}
const codeOf = async (host: FakeHost, token: string) => (await host.withToken(token)).error?.code

/** Waits until the host has told of it. */
const told = (host: FakeHost, text: string) =>
  eventually(() => host.logger.lines.some((line) => line.includes(text)))

describe.each(providers)('%s', (_name, start) => {
  it('gives tokens that are verified', async () => {
    const idp = await start()
    try {
      await using host = await hostFor(idp).untilReady()
      const { error, principal } = await host.withToken(await idp.token())
      expect(error).toBeUndefined()
      expect(principal).toMatchObject({ id: 'svc-orders', issuer: idp.issuer, scheme: 'jwt' })
      await using elsewhere = await hostFor(idp, {}, { audience: 'https://billing' }).untilReady()
      expect(await codeOf(elsewhere, await idp.token())).toBe('GW_AUTH_TOKEN_INVALID')
    } finally {
      await idp.stop()
    }
  })

  it('rotates its keys and no request fails', async () => {
    const idp = await start()
    try {
      await using host = await hostFor(idp, { cooldownMs: 1 }).untilReady()
      const old = await idp.token()
      for (let round = 0; round < 4; round++) {
        expect(await codeOf(host, await idp.token())).toBeUndefined()
        await idp.rotate()
        const tokens = await Promise.all([idp.token(), idp.token(), idp.token()])
        expect(await Promise.all([...tokens, old].map((token) => codeOf(host, token)))).toEqual(
          Array(4).fill(undefined),
        )
      }
    } finally {
      await idp.stop()
    }
  })

  it('is down at the start: 503, then it works by itself', async () => {
    const idp = await start()
    const token = await idp.token()
    await idp.stop()
    await using host = hostFor(idp, { refreshMs: 200 })
    expect(await codeOf(host, token)).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    expect(host.ready()).not.toBe(true)
    await idp.start()
    try {
      await host.untilReady()
      expect(await codeOf(host, token)).toBeUndefined()
    } finally {
      await idp.stop()
    }
  })

  it('goes down in the middle: old keys serve, a new key means 503, then it works by itself', async () => {
    const idp = await start()
    await using host = await hostFor(idp, { refreshMs: 100, cooldownMs: 1 }).untilReady()
    const [known, later] = [await idp.token(), await idp.token()]
    expect(await codeOf(host, known)).toBeUndefined()
    await idp.rotate()
    const rotated = await idp.token()
    await idp.stop()
    await told(host, 'the last good ones go on')
    expect(await codeOf(host, known)).toBeUndefined()
    expect(await codeOf(host, later)).toBeUndefined()
    expect([undefined, 'GW_AUTH_KEYS_UNAVAILABLE']).toContain(await codeOf(host, rotated))
    await idp.start()
    try {
      await eventually(async () => (await codeOf(host, rotated)) === undefined)
      expect(await codeOf(host, known)).toBeUndefined()
    } finally {
      await idp.stop()
    }
  })
})

describe('a key set endpoint in front of a real one', () => {
  /** Stands between the gateway and the provider, and answers as it is told. */
  class Front implements AsyncDisposable {
    answer: RequestListener
    readonly #server: Server
    constructor(answer: RequestListener) {
      this.answer = answer
      this.#server = createServer((request, response) => this.answer(request, response))
    }
    async start(): Promise<string> {
      await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`
    }
    async [Symbol.asyncDispose](): Promise<void> {
      this.#server.closeAllConnections()
      await new Promise((resolve) => this.#server.close(resolve))
    }
  }
  const keysOf = async (idp: IdentityProvider) =>
    (await (await fetch(`${idp.issuer}/jwks`, { headers: { connection: 'close' } })).json()) as {
      keys: Record<string, unknown>[]
    }

  it('that is slow, one byte at a time, ends by timeoutMs; the last good keys go on', async () => {
    const idp = await startOidcProvider()
    const text = JSON.stringify(await keysOf(idp))
    await using front = new Front((_, response) => void response.end(text))
    const jwksUrl = await front.start()
    await using host = await hostFor(idp, { refreshMs: 100, timeoutMs: 300 }, { jwksUrl }).untilReady()
    front.answer = (_, response) => {
      let place = 0
      const drip = setInterval(() => response.write(text[place++] ?? ' '), 20)
      response.on('close', () => clearInterval(drip))
    }
    await told(host, 'no complete answer within 300 ms')
    expect(await codeOf(host, await idp.token())).toBeUndefined()
    await idp.stop()
  })

  it('that lies cannot bring in secrets, private keys, or keys of another kind under a known name', async () => {
    const idp = await startOidcProvider()
    const { keys } = await keysOf(idp)
    await using front = new Front((_, response) => void response.end(JSON.stringify({ keys })))
    const jwksUrl = await front.start()
    await using host = await hostFor(idp, { refreshMs: 100 }, { jwksUrl }).untilReady()
    const token = await idp.token()
    expect(await codeOf(host, token)).toBeUndefined()
    const { kid } = keys[0] as { kid: string }
    const lies = [
      { kty: 'oct', k: 'AAAA', kid, alg: 'ES256' },
      { ...keys[0], alg: 'none' },
      { ...keys[0], d: 'AAAA' },
      { ...keys[0], use: 'enc' },
      null,
      [],
      'key',
    ]
    front.answer = (_, response) => void response.end(JSON.stringify({ keys: lies }))
    await told(host, 'holds no usable key')
    expect(await codeOf(host, token)).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    front.answer = (_, response) => void response.end(JSON.stringify({ keys }))
    await host.untilReady()
    expect(await codeOf(host, token)).toBeUndefined()
    await idp.stop()
  })

  it('that answers with pages, other statuses or endless text changes nothing', async () => {
    const idp = await startMockServer()
    const text = JSON.stringify(await keysOf(idp))
    await using front = new Front((_, response) => void response.end(text))
    const jwksUrl = await front.start()
    await using host = await hostFor(idp, { refreshMs: 100, maxBytes: 10_000 }, { jwksUrl }).untilReady()
    const answers: [string, RequestListener][] = [
      ['is not JSON', (_, response) => void response.end('<html>maintenance</html>')],
      ['status 404', (_, response) => void response.writeHead(404).end(text)],
      [
        'redirects are refused',
        (_, response) => void response.writeHead(301, { location: idp.issuer }).end(text),
      ],
      ['larger than 10000 bytes', (_, response) => void response.end(text.padEnd(20_000))],
    ]
    for (const [reason, answer] of answers) {
      front.answer = answer
      await told(host, reason)
      expect(await codeOf(host, await idp.token())).toBeUndefined()
    }
    await idp.stop()
  })
})
