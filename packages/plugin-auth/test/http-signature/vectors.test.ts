/** The keys, the request and the signatures of RFC 9421, appendix B. */
import { describe, expect, it } from 'vitest'
import {
  readSignatureKey,
  type SignatureAlgorithm,
  signBase,
  verifyBase,
} from '../../src/http-signature/algorithms.ts'
import { digestFits } from '../../src/http-signature/content-digest.ts'
import { type ReadSignature, readSignatures } from '../../src/http-signature/read-signature.ts'
import { signatureBase } from '../../src/http-signature/signature-base.ts'

const RSA = JSON.stringify({
  kty: 'RSA',
  e: 'AQAB',
  n: 'r4tmm3r20Wd_PbqvP1s2-QEtvpuRaV8Yq40gjUR8y2Rjxa6dpG2GXHbPfvMs8ct-Lh1GH45x28Rw3Ry53mm-oAXjyQ86OnDkZ5N8lYbggD4O3w6M6pAvLkhk95AndTrifbIFPNU8PPMO7OyrFAHqgDsznjPFmTOtCEcN2Z1FpWgchwuYLPL-Wokqltd11nqqzi-bJ9cvSKADYdUAAN5WUtzdpiy6LbTgSxP7ociU4Tn0g5I6aDZJ7A8Lzo0KSyZYoA485mqcO0GVAdVw9lq4aOT9v6d-nb4bnNkQVklLQ3fVAvJm-xdDOp9LCNCN48V2pnDOkFV6-U9nV5oyc6XI2w',
})
const ECC = JSON.stringify({
  kty: 'EC',
  crv: 'P-256',
  x: 'qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA',
  y: 'Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0',
})
const ED25519 = {
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU',
  x: 'JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs',
}
const SECRET = 'uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ=='
const BODY = '{"hello": "world"}'
const DIGEST =
  'sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:'

const request = {
  method: 'POST',
  scheme: 'https',
  authority: 'example.com',
  path: '/foo',
  query: '?param=Value&Pet=dog',
  headers: [
    'Date',
    'Tue, 20 Apr 2021 02:07:55 GMT',
    'Content-Type',
    'application/json',
    'Content-Digest',
    DIGEST,
    'Content-Length',
    '18',
  ],
}

const read = (input: string, signature: string) =>
  readSignatures(['Signature-Input', input, 'Signature', signature])?.[0] as ReadSignature

const VECTORS: readonly (readonly [string, SignatureAlgorithm, string, string, string])[] = [
  [
    'B.2.1',
    'rsa-pss-sha512',
    RSA,
    'sig-b21=();created=1618884473;keyid="test-key-rsa-pss";nonce="b3k2pp5k7z-50gnwp.yemd"',
    'sig-b21=:d2pmTvmbncD3xQm8E9ZV2828BjQWGgiwAaw5bAkgibUopemLJcWDy/lkbbHAve4cRAtx31Iq786U7it++wgGxbtRxf8Udx7zFZsckzXaJMkA7ChG52eSkFxykJeNqsrWH5S+oxNFlD4dzVuwe8DhTSja8xxbR/Z2cOGdCbzR72rgFWhzx2VjBqJzsPLMIQKhO4DGezXehhWwE56YCE+O6c0mKZsfxVrogUvA4HELjVKWmAvtl6UnCh8jYzuVG5WSb/QEVPnP5TmcAnLH1g+s++v6d4s8m0gCw1fV5/SITLq9mhho8K3+7EPYTU8IU1bLhdxO5Nyt8C8ssinQ98Xw9Q==:',
  ],
  [
    'B.2.2',
    'rsa-pss-sha512',
    RSA,
    'sig-b22=("@authority" "content-digest" "@query-param";name="Pet");created=1618884473;keyid="test-key-rsa-pss";tag="header-example"',
    'sig-b22=:LjbtqUbfmvjj5C5kr1Ugj4PmLYvx9wVjZvD9GsTT4F7GrcQEdJzgI9qHxICagShLRiLMlAJjtq6N4CDfKtjvuJyE5qH7KT8UCMkSowOB4+ECxCmT8rtAmj/0PIXxi0A0nxKyB09RNrCQibbUjsLS/2YyFYXEu4TRJQzRw1rLEuEfY17SARYhpTlaqwZVtR8NV7+4UKkjqpcAoFqWFQh62s7Cl+H2fjBSpqfZUJcsIk4N6wiKYd4je2U/lankenQ99PZfB4jY3I5rSV2DSBVkSFsURIjYErOs0tFTQosMTAoxk//0RoKUqiYY8Bh0aaUEb0rQl3/XaVe4bXTugEjHSw==:',
  ],
  [
    'B.2.3',
    'rsa-pss-sha512',
    RSA,
    'sig-b23=("date" "@method" "@path" "@query" "@authority" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-rsa-pss"',
    'sig-b23=:bbN8oArOxYoyylQQUU6QYwrTuaxLwjAC9fbY2F6SVWvh0yBiMIRGOnMYwZ/5MR6fb0Kh1rIRASVxFkeGt683+qRpRRU5p2voTp768ZrCUb38K0fUxN0O0iC59DzYx8DFll5GmydPxSmme9v6ULbMFkl+V5B1TP/yPViV7KsLNmvKiLJH1pFkh/aYA2HXXZzNBXmIkoQoLd7YfW91kE9o/CCoC1xMy7JA1ipwvKvfrs65ldmlu9bpG6A9BmzhuzF8Eim5f8ui9eH8LZH896+QIF61ka39VBrohr9iyMUJpvRX2Zbhl5ZJzSRxpJyoEZAFL2FUo5fTIztsDZKEgM4cUA==:',
  ],
  [
    'B.2.5',
    'hmac-sha256',
    SECRET,
    'sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret"',
    'sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:',
  ],
  [
    'B.2.6',
    'ed25519',
    JSON.stringify(ED25519),
    'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
    'sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:',
  ],
]

describe('the test vectors', () => {
  it.each(VECTORS)(
    '%s (%s) verifies, and nothing that differs from it',
    async (_name, algorithm, key, input, value) => {
      const { covered, signature } = read(input, value)
      const checked = readSignatureKey(key, algorithm, 'public')
      const base = signatureBase(request, covered)
      expect(await verifyBase(checked, base, signature)).toBe(true)
      expect(await verifyBase(checked, `${base} `, signature)).toBe(false)
      for (const place of [0, signature.length - 1]) {
        const changed = Uint8Array.from(signature)
        changed[place] = (changed[place] as number) ^ 1
        expect(await verifyBase(checked, base, changed)).toBe(false)
      }
      expect(await verifyBase(checked, base, signature.slice(1))).toBe(false)
    },
  )

  it('B.2.4, of a response, verifies for its algorithm', async () => {
    const base = [
      '"@status": 200',
      '"content-type": application/json',
      '"content-digest": sha-512=:mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ==:',
      '"content-length": 23',
      '"@signature-params": ("@status" "content-type" "content-digest" "content-length");created=1618884473;keyid="test-key-ecc-p256"',
    ].join('\n')
    const signature = Buffer.from(
      'wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw==',
      'base64',
    )
    expect(await verifyBase(readSignatureKey(ECC, 'ecdsa-p256-sha256', 'public'), base, signature)).toBe(true)
  })

  it('that are deterministic come out again when signed', () => {
    for (const [, algorithm, key, input, value] of VECTORS.slice(3)) {
      const { covered } = read(input, value)
      const signed = signBase(readSignatureKey(key, algorithm, 'private'), signatureBase(request, covered))
      expect(value).toContain(`:${signed.toString('base64')}:`)
    }
  })

  it('have the digest of their body', () => {
    expect(digestFits(DIGEST, Buffer.from(BODY))).toBe(true)
    expect(digestFits(DIGEST, Buffer.from(`${BODY} `))).toBe(false)
    expect(digestFits('md5=:AAAA:', Buffer.from(BODY))).toBe(false)
    expect(digestFits(`${DIGEST}, sha-256=:AAAA:`, Buffer.from(BODY))).toBe(false)
    expect(digestFits('sha-512="text"', Buffer.from(BODY))).toBe(false)
  })
})
