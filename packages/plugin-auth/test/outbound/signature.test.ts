import { generateKeyPairSync } from 'node:crypto'
import { definePlugin } from '@postern/core'
import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { auth, type MessageSignatureOptions } from '../../src/index.ts'
import { startService } from '../support/service.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const route = { plugins: { auth: { anonymous: true } } }

/** Moves a request to another path and host, in a plugin that comes after auth. */
const rewrites = definePlugin({
  name: 'test-rewrites',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup({ hooks }) {
    hooks.onRoute.tap((one) =>
      one.hooks.mapUpstreamRequest.tap((exchange) => {
        exchange.upstreamPath = `/moved${exchange.path}`
        exchange.upstreamQuery = '?v=2'
        exchange.upstreamRequestHeaders.push('x-added', 'late')
      }),
    )
  },
})

/** A signing gateway in front of a verifying one, in front of the upstream of the latter. */
async function chain(
  signature: Partial<MessageSignatureOptions>,
  use: (sender: TestGateway, receiver: TestGateway) => Promise<void>,
) {
  const keys = [
    {
      keyId: 'gw',
      algorithm: 'ed25519' as const,
      key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      caller: 'gateway',
    },
  ]
  await using receiver = await createTestGateway([
    auth({ httpSignature: { keys, nonces: 100, components: ['x-added'] } }),
  ])
  await using sender = await createTestGateway(
    [
      auth({
        outbound: {
          [receiver.url]: {
            header: { name: 'x-key', value: 'k' },
            signature: {
              keyId: 'gw',
              algorithm: 'ed25519',
              key,
              components: ['@method', '@authority', '@path', '@query', 'x-added', 'x-key', 'x-not-there'],
              ...signature,
            },
          },
        },
      }),
      rewrites(),
    ],
    { upstream: `${receiver.url}/base`, route },
  )
  await use(sender, receiver)
}

describe('a request that is signed on its way out', () => {
  it('verifies as the upstream sees it, after every rewrite, with its body', async () => {
    await chain({ expiresMs: 30_000 }, async (sender, receiver) => {
      const forged = {
        signature: 'sig1=:AAAA:',
        'signature-input': 'sig1=()',
        'content-digest': 'sha-256=:AAAA:',
      }
      expect((await sender.fetch('/x?y=1', { headers: forged })).status).toBe(200)
      expect((await sender.fetch('/x', { method: 'POST', body: 'hello', headers: forged })).status).toBe(200)
      const chunked = new Response('chunked').body as ReadableStream
      const streamed = { method: 'POST', body: chunked, duplex: 'half' } as RequestInit
      expect((await sender.fetch('/x', streamed)).status).toBe(200)
      expect(receiver.upstream.requests.map(({ url }) => url)).toEqual([
        '/base/moved/x?v=2',
        '/base/moved/x?v=2',
        '/base/moved/x?v=2',
      ])
      expect(receiver.upstream.requests.map((one) => String(one.body()))).toEqual(['', 'hello', 'chunked'])
      const input = String(receiver.upstream.requests[1]?.headers['signature-input'])
      expect(input).toMatch(
        /^sig1=\("@method" "@authority" "@path" "@query" "x-added" "x-key" "content-digest"\);created=\d+;expires=\d+;keyid="gw";alg="ed25519";nonce="[^"]+"$/,
      )
    })
  })

  it('is refused when its body is above the bound, and nothing is sent', async () => {
    await chain({ bodyBytes: 4 }, async (sender, receiver) => {
      expect((await sender.fetch('/x', { method: 'POST', body: 'hello' })).status).toBe(413)
      expect(receiver.exchanges).toHaveLength(0)
    })
  })

  it('streams, and leaves the body out, when that is asked for', async () => {
    await using service = await startService()
    await using sender = await createTestGateway(
      [
        auth({
          outbound: {
            [service.url]: {
              signature: { keyId: 'gw', algorithm: 'ed25519', key, bodyBytes: 0, tag: 'app' },
            },
          },
        }),
      ],
      { upstream: service.url, route },
    )
    await sender.fetch('/', { method: 'POST', body: 'hello' })
    expect(service.seen[0]?.headers['signature-input']).toMatch(
      /^sig1=\("@method" "@authority" "@path" "@query"\);.*;tag="app"$/,
    )
    expect(service.seen[0]?.headers['content-digest']).toBeUndefined()
    expect(service.seen[0]?.body).toBe('hello')
  })
})
