import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import type { SignatureAlgorithm } from '../../src/http-signature/algorithms.ts'
import { auth, type HttpSignatureOptions, revocationList } from '../../src/index.ts'
import { send } from '../support/send.ts'
import { nowS, type RequestSignature, signRequest } from '../support/sign-request.ts'

interface Pair {
  readonly algorithm: SignatureAlgorithm
  readonly key: string
  readonly publicKey: string
}

const pem = (pair: {
  publicKey: { export(o: object): unknown }
  privateKey: { export(o: object): unknown }
}) => ({
  key: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  publicKey: String(pair.publicKey.export({ type: 'spki', format: 'pem' })),
})
const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const secret = randomBytes(32).toString('base64')
const ED: Pair = { algorithm: 'ed25519', ...pem(generateKeyPairSync('ed25519')) }
const PAIRS: readonly Pair[] = [
  ED,
  { algorithm: 'ecdsa-p256-sha256', ...pem(generateKeyPairSync('ec', { namedCurve: 'P-256' })) },
  { algorithm: 'rsa-pss-sha512', ...rsa },
  { algorithm: 'rsa-v1_5-sha256', ...rsa },
  { algorithm: 'hmac-sha256', key: secret, publicKey: secret },
]

const guard = (pair: Pair = ED, more: Partial<HttpSignatureOptions> = {}) =>
  auth({
    httpSignature: {
      keys: [
        {
          keyId: 'k1',
          algorithm: pair.algorithm,
          key: pair.publicKey,
          caller: 'svc-signer',
          scopes: ['orders.read'],
        },
      ],
      ...more,
    },
  })
const guarded = (pair: Pair = ED, more: Partial<HttpSignatureOptions> = {}) =>
  createTestGateway([guard(pair, more)])
const signed = (test: TestGateway, path: string, more: Partial<RequestSignature> = {}) =>
  signRequest({ key: ED.key, algorithm: 'ed25519', url: `${test.url}${path}`, ...more })
const statusOf = async (test: TestGateway, path: string, init: RequestInit = {}) => {
  const response = await test.fetch(path, init)
  await response.arrayBuffer()
  return response.status
}

describe('a signed request', () => {
  it.each(PAIRS)('with $algorithm is accepted, and names its caller', async (pair) => {
    await using test = await guarded(pair)
    const headers = signed(test, '/orders?id=1', { key: pair.key, algorithm: pair.algorithm })
    expect(await statusOf(test, '/orders?id=1', { headers })).toBe(200)
    await test.finished(1)
    expect(test.exchanges[0]?.get(principal)).toEqual({
      id: 'svc-signer',
      kind: 'service',
      scheme: 'http-signature',
      scopes: ['orders.read'],
      claims: { keyid: 'k1' },
      via: [],
    })
  })

  it('is refused once its key is revoked, and others are not', async () => {
    const revocations = revocationList()
    const key = { algorithm: 'ed25519' as const, key: ED.publicKey }
    const httpSignature = {
      keys: [
        { ...key, keyId: 'k1', caller: 'svc-signer' },
        { ...key, keyId: 'k2', caller: 'svc-signer' },
      ],
    }
    await using test = await createTestGateway([auth({ httpSignature, revocations })])
    const ask = async (keyId: string) =>
      statusOf(test, '/', {
        headers: signed(test, '/', { parameters: `;created=${nowS()};keyid="${keyId}"` }),
      })
    expect(await ask('k1')).toBe(200)
    revocations.revoke({ key: 'k1' })
    expect([await ask('k1'), await ask('k2')]).toEqual([401, 200])
  })

  it('with a body is accepted by its digest, and the body goes on', async () => {
    await using test = await guarded()
    const headers = signed(test, '/', { method: 'POST', body: 'hello' })
    expect(await statusOf(test, '/', { method: 'POST', headers, body: 'hello' })).toBe(200)
    expect(String(test.upstream.requests[0]?.body())).toBe('hello')
  })

  it.each([
    ['/%7ea/b', '/~a/b'],
    ['/a%2Db/%c3%bc', '/a-b/%C3%BC'],
  ])('covers the path as it was sent, %s, while the upstream gets %s', async (sent, normal) => {
    await using test = await createTestGateway([guard()])
    const call = async (signed: string): Promise<number> => {
      const url = new URL(test.url)
      const components = [
        ['"@method"', 'GET'],
        ['"@authority"', 'gateway'],
        ['"@path"', signed],
        ['"@request-target"', `${signed}?a=1`],
        ['"@target-uri"', `http://gateway${signed}?a=1`],
      ] as const
      const headers = signRequest({ ...ED, url: test.url, components })
      const more = { path: `${sent}?a=1` }
      return (await send(url.href, Object.entries(headers).flat(), more)).status
    }
    expect([await call(normal), await call(sent)]).toEqual([401, 200])
    expect(test.upstream.requests.map(({ url }) => url)).toEqual([`${normal}?a=1`])
  })

  it('may cover more than is asked for: fields, members of them, query parameters', async () => {
    await using test = await guarded(ED, { components: ['x-tenant'] })
    const { host } = new URL(test.url)
    const components = [
      ['"@method"', 'GET'],
      ['"@target-uri"', `${test.url}/a?b=c%20d~*`],
      ['"@authority"', host],
      ['"@scheme"', 'http'],
      ['"@query-param";name="b"', 'c%20d%7E*'],
      ['"x-tenant"', 'one, two'],
      ['"x-dict";key="a"', '1;b'],
    ] as const
    const headers = new Headers(signed(test, '/a?b=c%20d~*', { components }))
    headers.append('x-tenant', 'one')
    headers.append('x-tenant', 'two')
    headers.append('x-dict', 'z=?0, a=1;b')
    expect(await statusOf(test, '/a?b=c%20d~*', { headers })).toBe(200)
    headers.append('x-tenant', 'three')
    expect(await statusOf(test, '/a?b=c%20d~*', { headers })).toBe(401)
  })

  it('is one among several when the tag says which', async () => {
    await using test = await guarded(ED, { tag: 'app' })
    const own = signed(test, '/', { parameters: `;created=${nowS()};keyid="k1";tag="app"` })
    const other = signed(test, '/', { label: 'proxy' })
    const headers = {
      'signature-input': `${other['signature-input']}, ${own['signature-input']}`,
      signature: `${other['signature']}, ${own['signature']}`,
    }
    expect(await statusOf(test, '/', { headers })).toBe(200)
    // A signature for somebody else is no credential here.
    const response = await test.fetch('/', { headers: other })
    expect(await response.json()).toMatchObject({ code: 'GW_AUTH_TOKEN_MISSING' })
  })
})

describe('attacks on signatures', () => {
  const refused = async (
    test: TestGateway,
    headers: Record<string, string>,
    init: RequestInit = {},
    path = '/',
  ) => {
    const response = await test.fetch(path, { ...init, headers })
    const { code } = (await response.json()) as { code: string }
    expect(test.upstream.requests).toHaveLength(0)
    return code
  }
  const INVALID = 'GW_AUTH_CREDENTIALS_INVALID'
  const MALFORMED = 'GW_AUTH_REQUEST_INVALID'

  it('another method, path or query than was signed', async () => {
    await using test = await guarded()
    const headers = signed(test, '/a?b=1')
    expect(await refused(test, headers, { method: 'DELETE' }, '/a?b=1')).toBe(INVALID)
    expect(await refused(test, headers, {}, '/other?b=1')).toBe(INVALID)
    expect(await refused(test, headers, {}, '/a?b=2')).toBe(INVALID)
    expect(await refused(test, headers, {}, '/a')).toBe(INVALID)
    expect(await refused(test, signed(test, '/a'), {}, '/a?added=1')).toBe(INVALID)
  })

  it('another body than was signed, or one that was not', async () => {
    await using test = await guarded()
    const headers = signed(test, '/', { method: 'POST', body: 'pay 1' })
    expect(await refused(test, headers, { method: 'POST', body: 'pay 9' })).toBe(INVALID)
    const swapped = {
      ...headers,
      'content-digest': signed(test, '/', { body: 'pay 9' })['content-digest'] as string,
    }
    expect(await refused(test, swapped, { method: 'POST', body: 'pay 9' })).toBe(INVALID)
    const uncovered = signed(test, '/', { method: 'POST' })
    expect(await refused(test, uncovered, { method: 'POST', body: 'pay 9' })).toBe(INVALID)
    const chunked = new Response('pay 9').body as ReadableStream
    expect(await refused(test, headers, { method: 'POST', body: chunked, duplex: 'half' })).toBe(INVALID)
  })

  it.each([
    [
      '@method',
      [
        ['"@authority"', 'h'],
        ['"@path"', '/'],
        ['"@query"', '?'],
      ],
    ],
    [
      '@authority',
      [
        ['"@method"', 'GET'],
        ['"@path"', '/'],
      ],
    ],
    [
      '@path',
      [
        ['"@method"', 'GET'],
        ['"@authority"', 'h'],
      ],
    ],
    ['everything', []],
  ] as const)('a signature that does not cover %s', async (_name, components) => {
    await using test = await guarded()
    const { host } = new URL(test.url)
    const real = components.map(([name, value]) => [name, value === 'h' ? host : value] as const)
    expect(await refused(test, signed(test, '/', { components: real }))).toBe(INVALID)
  })

  it('a part of a field in place of the field', async () => {
    await using test = await guarded(ED, { components: ['x-dict'] })
    const { host } = new URL(test.url)
    const components = [
      ['"@method"', 'GET'],
      ['"@authority"', host],
      ['"@path"', '/'],
      ['"x-dict";key="a"', '1'],
    ] as const
    expect(await refused(test, { ...signed(test, '/', { components }), 'x-dict': 'a=1' })).toBe(INVALID)
  })

  it('a component that is covered twice, unknown, or not there', async () => {
    await using test = await guarded()
    const { host } = new URL(test.url)
    const usual = [
      ['"@method"', 'GET'],
      ['"@authority"', host],
      ['"@path"', '/'],
    ] as const
    for (const [name, value] of [
      ['"@method"', 'GET'],
      ['"@status"', '200'],
      ['"@unknown"', 'x'],
      ['"x-missing"', ''],
      ['"x-here";sf', 'a'],
      ['"x-here";req', 'a'],
      ['"@method";req', 'GET'],
      ['"X-Here"', 'a'],
    ] as const) {
      const headers = signed(test, '/', { components: [...usual, [name, value]] })
      expect(await refused(test, { ...headers, 'x-here': 'a' }), name).toBe(INVALID)
    }
  })

  it('more components than anybody needs, which would all be read before the signature is checked', async () => {
    await using test = await guarded()
    const { host } = new URL(test.url)
    const names = Array.from({ length: 62 }, (_, place) => `p${place}`)
    const path = `/?${names.map((name) => `${name}=1`).join('&')}`
    const components = [
      ['"@method"', 'GET'],
      ['"@authority"', host],
      ['"@request-target"', path],
      ...names.map((name) => [`"@query-param";name="${name}"`, '1'] as const),
    ] as const
    const most = signed(test, path, { components: components.slice(0, 64) })
    expect(await statusOf(test, path, { headers: most })).toBe(200)
    expect(await statusOf(test, path, { headers: signed(test, path, { components }) })).toBe(400)
  })

  it('another algorithm than that of the key', async () => {
    await using test = await guarded({ ...(PAIRS[2] as Pair) })
    const key = (PAIRS[2] as Pair).key
    const as = (algorithm: SignatureAlgorithm, alg: string) =>
      signed(test, '/', { key, algorithm, parameters: `;created=${nowS()};keyid="k1"${alg}` })
    expect(await refused(test, as('rsa-v1_5-sha256', ''))).toBe(INVALID)
    expect(await refused(test, as('rsa-v1_5-sha256', ';alg="rsa-v1_5-sha256"'))).toBe(INVALID)
    expect(await refused(test, as('rsa-pss-sha512', ';alg="rsa-v1_5-sha256"'))).toBe(INVALID)
    // The public key, which everybody has, as a shared secret.
    const confused = signed(test, '/', {
      key: Buffer.from((PAIRS[2] as Pair).publicKey).toString('base64'),
      algorithm: 'hmac-sha256',
      parameters: `;created=${nowS()};keyid="k1";alg="hmac-sha256"`,
    })
    expect(await refused(test, confused)).toBe(INVALID)
  })

  it('the key of another caller', async () => {
    const other: Pair = { algorithm: 'ed25519', ...pem(generateKeyPairSync('ed25519')) }
    await using test = await createTestGateway([
      auth({
        httpSignature: {
          keys: [
            { keyId: 'k1', algorithm: 'ed25519', key: ED.publicKey, caller: 'one' },
            { keyId: 'k2', algorithm: 'ed25519', key: other.publicKey, caller: 'two' },
          ],
        },
      }),
    ])
    const parameters = `;created=${nowS()};keyid="k2"`
    expect(await refused(test, signed(test, '/', { parameters }))).toBe(INVALID)
    for (const keyid of ['"unknown"', '"__proto__"', 'k1', '1', '""'])
      expect(
        await refused(test, signed(test, '/', { parameters: `;created=${nowS()};keyid=${keyid}` })),
      ).toBe(INVALID)
    expect(await refused(test, signed(test, '/', { parameters: `;created=${nowS()}` }))).toBe(INVALID)
  })

  it('too old, too young, expired or without a time', async () => {
    await using test = await guarded()
    for (const times of [
      `;created=${nowS() - 120}`,
      `;created=${nowS() + 120}`,
      `;created=${nowS() - 30};expires=${nowS() - 20}`,
      '',
      ';created="now"',
      `;created=${nowS()}.5`,
      `;created=${nowS()};expires="later"`,
    ])
      expect(await refused(test, signed(test, '/', { parameters: `${times};keyid="k1"` })), times).toBe(
        INVALID,
      )
  })

  it('a replay after a reload, which changes nothing about who was here', async () => {
    await using test = await guarded(ED, { nonces: 2 })
    const headers = signed(test, '/', { parameters: `;created=${nowS()};keyid="k1";nonce="n1"` })
    expect(await statusOf(test, '/', { headers })).toBe(200)
    await test.reload([guard(ED, { nonces: 2 })])
    expect(await statusOf(test, '/', { headers })).toBe(401)
  })

  it('a replay, where nonces are asked for', async () => {
    await using test = await guarded(ED, { nonces: 2 })
    const withNonce = (nonce: string) =>
      signed(test, '/', { parameters: `;created=${nowS()};keyid="k1"${nonce}` })
    expect(await refused(test, withNonce(''))).toBe(INVALID)
    const headers = withNonce(';nonce="n1"')
    // A nonce is only taken by who has the key.
    expect(await refused(test, { ...headers, signature: 'sig1=:AAAA:' })).toBe(INVALID)
    expect(await statusOf(test, '/', { headers })).toBe(200)
    expect(await statusOf(test, '/', { headers })).toBe(401)
    expect(await statusOf(test, '/', { headers: withNonce(';nonce="n2"') })).toBe(200)
    // None is forgotten before its time: a full list is closed, not open.
    expect(await statusOf(test, '/', { headers: withNonce(';nonce="n3"') })).toBe(503)
    expect(await statusOf(test, '/', { headers })).toBe(401)
  })

  it('several signatures', async () => {
    await using test = await guarded()
    const one = signed(test, '/')
    const two = signed(test, '/', { label: 'sig2' })
    const both = {
      'signature-input': `${one['signature-input']}, ${two['signature-input']}`,
      signature: `${one['signature']}, ${two['signature']}`,
    }
    expect(await refused(test, both)).toBe(INVALID)
    // A signature without its input, and the reverse.
    expect(await refused(test, { ...one, signature: both.signature })).toBe(MALFORMED)
    expect(await refused(test, { ...one, 'signature-input': both['signature-input'] })).toBe(MALFORMED)
  })

  it.each([
    ['signature', 'sig1=:not base64!:'],
    ['signature', 'sig1="text"'],
    ['signature', 'sig2=:AAAA:'],
    ['signature', ''],
    ['signature-input', 'sig1="not a list"'],
    ['signature-input', 'sig1=("@method"'],
    ['signature-input', `sig1=(${'"x" '.repeat(4_000)})`],
  ])('a malformed %s: %s', async (name, value) => {
    await using test = await guarded()
    expect(await refused(test, { ...signed(test, '/'), [name]: value })).toBe(MALFORMED)
  })

  it('a body that cannot be read: too large, or the host’s in the callee seat', async () => {
    await using test = await guarded(ED, { maxBodyBytes: 4 })
    const headers = signed(test, '/', { method: 'POST', body: 'hello' })
    expect(await refused(test, headers, { method: 'POST', body: 'hello' })).toBe(INVALID)

    for (const hostChecksDigest of [false, true]) {
      const keys = [{ keyId: 'k1', algorithm: 'ed25519' as const, key: ED.publicKey, caller: 'c' }]
      const gateway = createGateway([auth({ httpSignature: { keys, hostChecksDigest } })], { logger: false })
      const guard = gateway.middleware()
      const server = createServer((request, response) =>
        guard(request, response, () => {
          request.resume()
          request.on('end', () => response.end('in'))
        }),
      ).listen(0, '127.0.0.1')
      await new Promise((resolve) => server.once('listening', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      const own = signRequest({ key: ED.key, algorithm: 'ed25519', url, method: 'POST', body: 'hello' })
      const response = await fetch(url, { method: 'POST', headers: own, body: 'hello' })
      expect(response.status).toBe(hostChecksDigest ? 200 : 401)
      server.closeAllConnections()
      server.close()
      await gateway.close()
    }
  })

  it('leaves nothing of itself in answers, verdicts and logs', async () => {
    await using test = await guarded()
    const headers: Record<string, string> = {
      ...signed(test, '/'),
      signature: 'sig1=:c2VjcmV0LXNpZ25hdHVyZQ==:',
    }
    const text = await (await test.fetch('/', { headers })).text()
    await test.finished(1)
    const told = text + JSON.stringify(test.logs) + JSON.stringify(test.exchanges[0]?.verdicts)
    expect(told).not.toContain('c2VjcmV0')
    expect(told).not.toContain(headers['signature-input'] as string)
  })
})

it.each([
  [{ keys: [] }, 'Name at least one key'],
  [
    { keys: [{ keyId: 'k', algorithm: 'ed25519', key: rsa.publicKey, caller: 'c' }] },
    'is no key for ed25519',
  ],
  [{ keys: [{ keyId: 'k', algorithm: 'hmac-sha256', key: 'c2hvcnQ=', caller: 'c' }] }, 'at least 32 bytes'],
  [
    { keys: [{ keyId: 'k', algorithm: 'ed25519', key: 'no key', caller: 'c' }] },
    'holds no public key as PEM or JWK',
  ],
])('options that cannot work stop the start: %#', async (httpSignature, message) => {
  await expect(
    createTestGateway([auth({ httpSignature: httpSignature as unknown as HttpSignatureOptions })]),
  ).rejects.toThrow(message)
})
