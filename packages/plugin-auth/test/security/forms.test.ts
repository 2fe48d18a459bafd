/** Attack: another text for the same token, so that what was refused, revoked or remembered under one is met under another. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isCanonical } from '../../src/verify/base64url.ts'
import { FakeHost } from '../support/fake-host.ts'
import { optionsFor } from '../support/options.ts'
import { part } from '../support/raw-token.ts'
import { makeKey, TestIssuer, type TestKey } from '../support/test-issuer.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

let issuer: TestIssuer
let host: FakeHost
const keys: TestKey[] = []
beforeAll(async () => {
  issuer = await TestIssuer.start()
  for (const alg of ['ES256', 'RS256', 'PS256', 'EdDSA', 'ES384', 'ES512']) keys.push(await makeKey(alg))
  issuer.published = keys.map((key) => key.publicJwk)
  const algorithms = ['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA'] as const
  host = await new FakeHost(optionsFor(issuer, { algorithms })).untilReady()
})
afterAll(async () => {
  await host.close()
  await issuer.stop()
})

const accepted = async (token: string) => (await host.withToken(token)).error === undefined

describe('a token that was changed', () => {
  it('in one byte is never accepted, whether the honest one is remembered or not', async () => {
    const tokens = await Promise.all(keys.map((key) => issuer.sign({ key })))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...tokens),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.oneof(
          { weight: 4, arbitrary: fc.constantFrom(...ALPHABET.split('')) },
          { weight: 1, arbitrary: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)) },
        ),
        fc.boolean(),
        async (token, where, character, remembered) => {
          const place = Math.floor(where * token.length)
          fc.pre(token[place] !== character)
          if (remembered) expect(await accepted(token)).toBe(true)
          const changed = token.slice(0, place) + character + token.slice(place + 1)
          // The header is read up to the blank behind it; a blank at the very end is none of the token's.
          fc.pre(changed.trim() !== token)
          expect(await accepted(changed)).toBe(false)
        },
      ),
      { numRuns: 1_500 },
    )
  })

  it('in the last character of any part is never accepted, for every character and algorithm', async () => {
    for (const key of keys) {
      const token = await issuer.sign({ key })
      expect(await accepted(token)).toBe(true)
      const dots = [token.indexOf('.'), token.lastIndexOf('.'), token.length]
      for (const end of dots) {
        for (const character of ALPHABET) {
          if (token[end - 1] === character) continue
          const changed = token.slice(0, end - 1) + character + token.slice(end)
          expect(await accepted(changed), `${key.alg} ${end} ${character}`).toBe(false)
        }
      }
    }
  }, 120_000)

  it('by one character less or more, anywhere, is never accepted', async () => {
    const token = await issuer.sign({ key: keys[0] as TestKey })
    for (let place = 0; place < token.length; place += 7) {
      expect(await accepted(token.slice(0, place) + token.slice(place + 1))).toBe(false)
      expect(await accepted(`${token.slice(0, place)}A${token.slice(place)}`)).toBe(false)
    }
  })
})

describe('other texts for the same bytes', () => {
  it.each([
    ['padding', (token: string) => `${token}=`],
    ['padding in the header', (token: string) => token.replace('.', '=.')],
    ['the alphabet of base64', (token: string) => `${token.slice(0, -2)}+/`],
    ['a line break', (token: string) => `${token}\n`],
    ['a line break inside', (token: string) => token.replace('.', '.\n')],
    ['a tab', (token: string) => token.replace('.', '\t.')],
    ['NUL', (token: string) => `${token}\0`],
    ['a dot behind', (token: string) => `${token}.`],
    ['a dot in front', (token: string) => `.${token}`],
    ['two dots', (token: string) => token.replace('.', '..')],
    ['percent encoding', (token: string) => token.replace('.', '%2e')],
    ['a full-width dot', (token: string) => token.replace('.', '．')],
    ['quotes', (token: string) => `"${token}"`],
    ['a comma and another', (token: string) => `${token},${token}`],
  ])('are refused: %s', async (_what, change) => {
    for (const key of keys) expect(await accepted(change(await issuer.sign({ key })))).toBe(false)
  })

  it('are refused when unused bits at the end of a part are set', async () => {
    // 512-bit signatures fill their last character, so one with 132 bytes (ES512) or 256 (RS256) is needed.
    const token = await issuer.sign({ key: keys.find((key) => key.alg === 'RS256') as TestKey })
    const twin = ALPHABET[ALPHABET.indexOf(token.at(-1) as string) + 1] as string
    const changed = token.slice(0, -1) + twin
    const bytes = (text: string) => Buffer.from(text.split('.')[2] as string, 'base64url')
    expect(bytes(changed).equals(bytes(token))).toBe(true)
    const { error } = await host.withToken(changed)
    expect(error).toMatchObject({
      code: 'GW_AUTH_TOKEN_MALFORMED',
      message: 'A part of the token is not base64url in its one canonical form.',
    })
  })

  it('do not exist for what passes as canonical', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 12 }),
        fc.string({ unit: fc.constantFrom(...ALPHABET.split('')), maxLength: 16 }),
        (bytes, text) => {
          expect(isCanonical(Buffer.from(bytes).toString('base64url'))).toBe(true)
          expect(isCanonical(text)).toBe(Buffer.from(text, 'base64url').toString('base64url') === text)
        },
      ),
    )
  })
})

describe('signatures that are no signatures', () => {
  it.each(['ES256', 'ES384', 'ES512'])(
    'refuses %s with r and s of zero, of the order, and of 1',
    async (alg) => {
      const key = keys.find((one) => one.alg === alg) as TestKey
      const input = (await issuer.sign({ key })).split('.').slice(0, 2).join('.')
      const size = { ES256: 32, ES384: 48, ES512: 66 }[alg] as number
      const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
      const one = Buffer.alloc(size)
      one[size - 1] = 1
      const halves = [
        Buffer.alloc(size),
        Buffer.alloc(size, 255),
        one,
        Buffer.concat([Buffer.alloc(size - 32), order]),
      ]
      for (const r of halves) {
        for (const s of halves) {
          const signature = Buffer.concat([r, s]).toString('base64url')
          expect(await accepted(`${input}.${signature}`)).toBe(false)
        }
      }
    },
  )

  it('refuses an ECDSA signature in DER, which another library would read', async () => {
    const token = await issuer.sign({ key: keys[0] as TestKey })
    const raw = Buffer.from(token.split('.')[2] as string, 'base64url')
    const integer = (bytes: Buffer) => Buffer.concat([Buffer.from([2, bytes.length + 1, 0]), bytes])
    const body = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
    const der = Buffer.concat([Buffer.from([0x30, body.length]), body])
    expect(await accepted(`${token.slice(0, token.lastIndexOf('.'))}.${der.toString('base64url')}`)).toBe(
      false,
    )
  })

  it('refuses RSA signatures of zero, of one, and of the modulus', async () => {
    const key = keys.find((one) => one.alg === 'RS256') as TestKey
    const input = (await issuer.sign({ key })).split('.').slice(0, 2).join('.')
    const one = Buffer.alloc(256)
    one[255] = 1
    for (const signature of [Buffer.alloc(256), one, Buffer.from(key.publicJwk.n as string, 'base64url')])
      expect(await accepted(`${input}.${signature.toString('base64url')}`)).toBe(false)
  })

  it('refuses the signature of another token of the same issuer', async () => {
    const [one, two] = [
      await issuer.sign({ key: keys[0] as TestKey }),
      await issuer.sign({ key: keys[0] as TestKey }),
    ]
    expect(await accepted(`${one.slice(0, one.lastIndexOf('.'))}.${two.split('.')[2]}`)).toBe(false)
    expect(await accepted(`${one.slice(0, one.lastIndexOf('.'))}.${part('signature')}`)).toBe(false)
  })
})
