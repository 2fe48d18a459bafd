/** Everything that speaks for a caller, and everything that speaks for the gateway, on at once. */
import { generateKeyPairSync } from 'node:crypto'
import { pluginConformance } from '@postern/core/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { auth } from '../src/index.ts'
import { optionsFor } from './support/options.ts'
import { type Service, startService } from './support/service.ts'
import { TestIssuer } from './support/test-issuer.ts'

const key = generateKeyPairSync('ed25519')
const pem = {
  private: String(key.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  public: String(key.publicKey.export({ type: 'spki', format: 'pem' })),
}

let issuer: TestIssuer
let decisions: Service
beforeAll(async () => {
  issuer = await TestIssuer.start()
  decisions = await startService((_seen, _request, response) =>
    response.writeHead(200, { 'x-user': 'alice' }).end(),
  )
})
afterAll(async () => {
  await decisions[Symbol.asyncDispose]()
  await issuer.stop()
})

const whole = () =>
  auth(
    optionsFor(
      issuer,
      {},
      {
        httpSignature: { keys: [{ keyId: 'k', algorithm: 'ed25519', key: pem.public, caller: 'c' }] },
        forwardAuth: { url: decisions.url, idHeader: 'x-user', requestHeaders: ['x-ask'] },
        identity: { credentials: 'strip', token: { issuer: 'urn:gateway', header: 'x-internal-token' } },
        outbound: {
          'http://elsewhere': {
            header: { name: 'x-key', value: 'k' },
            signature: { keyId: 'k', algorithm: 'ed25519', key: pem.private },
          },
        },
      },
    ),
  )
const headers = async () => ({ authorization: `Bearer ${await issuer.sign()}` })

describe('conforms to the contract of a plugin', () => {
  for (const check of pluginConformance(whole, { headers })) it(check.name, check.run)
})
