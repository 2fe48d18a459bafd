/** Attack: a token whose signature is good, made to be read as something else than what was signed. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeHost } from '../support/fake-host.ts'
import { optionsFor } from '../support/options.ts'
import { claimsText, part, signParts, signText } from '../support/raw-token.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
const hosts: FakeHost[] = []
beforeAll(async () => {
  issuer = await TestIssuer.start()
  for (const threads of [0, 1])
    hosts.push(await new FakeHost(optionsFor(issuer, {}, { workers: { threads } })).untilReady())
})
afterAll(async () => {
  for (const host of hosts) await host.close()
  await issuer.stop()
})

/** The code that a token gets, on the main thread and in a worker alike. */
async function codeOf(token: string): Promise<string | undefined> {
  const [here, there] = await Promise.all(
    hosts.map(async (host) => (await host.withToken(token)).error?.code),
  )
  expect(here).toBe(there)
  return here
}
const signed = async (more: string, header = {}) =>
  codeOf(await signText(issuer.key, claimsText(issuer, more), header))

describe('members that are named twice', () => {
  it.each([
    ['the subject', ',"sub":"admin"'],
    ['the subject, once escaped', ',"\\u0073ub":"admin"'],
    ['the audience', ',"aud":["gateway","other"]'],
    ['the end', ',"exp":9999999999'],
    ['a member of a nested object', ',"act":{"sub":"a","sub":"b"}'],
    ['a member of an object in a list', ',"x":[1,{"a":1,"a":1}]'],
    ['with blanks in between', ', "sub" \n\t: "admin"'],
  ])('are refused: %s', async (_what, more) => {
    expect(await signed(more)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })

  it('are refused in the header', async () => {
    const { kid } = issuer.key
    const header = part(`{"alg":"ES256","kid":"${kid}","typ":"JWT","typ":"at+jwt"}`)
    const token = await signParts(issuer.key.privateKey, header, part(claimsText(issuer, '')))
    expect(await codeOf(token)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })

  it('are not seen where there are none', async () => {
    expect(
      await signed(',"x":"sub","y":{"sub":"a"},"z":[{"sub":1},{"sub":2}],"w":"\\"sub\\":"'),
    ).toBeUndefined()
  })

  it('named like parts of every object stay plain data', async () => {
    expect(
      await signed(',"__proto__":{"sub":"admin","scope":"all"},"constructor":{"prototype":1}'),
    ).toBeUndefined()
    expect(({} as { scope?: string }).scope).toBeUndefined()
  })
})

describe('size and depth', () => {
  it('refuses claims that are nested deeper than 32', async () => {
    expect(await signed(`,"x":${'['.repeat(40)}${']'.repeat(40)}`)).toBe('GW_AUTH_TOKEN_MALFORMED')
    expect(await signed(`,"x":${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`)).toBe('GW_AUTH_TOKEN_MALFORMED')
    expect(await signed(`,"x":${'['.repeat(30)}${']'.repeat(30)}`)).toBeUndefined()
  })

  it('refuses a token above 16 KiB unread, whatever it holds', async () => {
    for (const size of [20_000, 1_000_000])
      expect(await signed(`,"x":"${'x'.repeat(size)}"`)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })

  it('survives brackets that never close', async () => {
    const token = `${part({ alg: 'ES256' })}.${part('['.repeat(11_000))}.AAAA`
    expect(await codeOf(token)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })
})

describe('times', () => {
  const base = () => claimsText(issuer, '').replace(/"exp":\d+,/, '')
  const withTimes = async (members: string) =>
    codeOf(await signText(issuer.key, base().replace('}', `${members}}`)))

  it.each(['NaN', 'Infinity', '-Infinity', '0x7fffffff', '1_000', '+4102444800', '.5', "'1'"])(
    'refuses an exp of %s, which is no JSON',
    async (exp) => {
      expect(await withTimes(`,"exp":${exp}`)).toBe('GW_AUTH_TOKEN_MALFORMED')
    },
  )

  it.each([
    '1e400',
    '1e308',
    '-1e400',
    '99999999999999',
    '253402300800',
    '"4102444800"',
    '"NaN"',
    'null',
    'true',
    '[4102444800]',
    '{}',
    '-1',
  ])('refuses an exp of %s', async (exp) => {
    expect(await withTimes(`,"exp":${exp}`)).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('refuses an exp in milliseconds, which would last for 50,000 years', async () => {
    expect(await withTimes(`,"exp":${Date.now() + 60_000}`)).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it.each(['0', '-0', '1', '0.5', '1e0'])('takes an exp of %s for past', async (exp) => {
    expect(await withTimes(`,"exp":${exp}`)).toBe('GW_AUTH_TOKEN_EXPIRED')
  })

  it.each(['nbf', 'iat'])('refuses a %s in the future, and one that is no time', async (claim) => {
    expect(await signed(`,"${claim}":4102444800`)).toBe('GW_AUTH_TOKEN_NOT_YET_VALID')
    for (const value of ['1e400', '"0"', 'null', '[]', '-5'])
      expect(await signed(`,"${claim}":${value}`)).toBe('GW_AUTH_TOKEN_INVALID')
    expect(await signed(`,"${claim}":0`)).toBeUndefined()
  })
})

describe('audience and issuer', () => {
  it.each([
    ['a part of it', '"gate"'],
    ['more than it', '"gateway2"'],
    ['another case', '"Gateway"'],
    ['a blank behind it', '"gateway "'],
    ['a number', '7'],
    ['an object', '{"gateway":true}'],
    ['a list in a list', '[["gateway"]]'],
    ['an empty list', '[]'],
  ])('refuses an aud that is %s', async (_what, aud) => {
    const payload = claimsText(issuer, '').replace('"aud":"gateway"', `"aud":${aud}`)
    expect(await codeOf(await signText(issuer.key, payload))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it.each([
    ['a slash behind it', (url: string) => `"${url}/"`],
    ['another case', (url: string) => `"${url.toUpperCase()}"`],
    ['a list', (url: string) => `["${url}"]`],
    ['an object', (url: string) => `{"toString":"${url}"}`],
    ['a name that every object has', () => '"__proto__"'],
  ])('refuses an iss that is %s', async (_what, iss) => {
    const payload = claimsText(issuer, '').replace(`"iss":"${issuer.url}"`, `"iss":${iss(issuer.url)}`)
    expect(await codeOf(await signText(issuer.key, payload))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it.each(['"a\\r\\nx-admin: 1"', '"\\u0000"', '"ünïcode"', '" svc"', '7', '{}', '["svc"]'])(
    'refuses a sub of %s',
    async (sub) => {
      const payload = claimsText(issuer, '').replace('"sub":"svc-orders"', `"sub":${sub}`)
      expect(await codeOf(await signText(issuer.key, payload))).toBe('GW_AUTH_TOKEN_INVALID')
    },
  )
})

describe('extensions', () => {
  it.each([
    ['crit with an unknown name', { crit: ['x'], x: 1 }],
    ['crit with a known name', { crit: ['exp'], exp: 1 }],
    ['an empty crit', { crit: [] }],
    ['b64 false', { crit: ['b64'], b64: false }],
    ['b64 true', { crit: ['b64'], b64: true }],
    ['b64 without crit', { b64: false }],
  ])('refuses %s, also with a good signature', async (_what, extra) => {
    const header = part({ alg: 'ES256', kid: issuer.key.kid, ...extra })
    const token = await signParts(issuer.key.privateKey, header, part(claimsText(issuer, '')))
    expect(await codeOf(token)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })

  it('refuses an unencoded payload (RFC 7797)', async () => {
    const header = part({ alg: 'ES256', kid: issuer.key.kid, crit: ['b64'], b64: false })
    const token = await signParts(issuer.key.privateKey, header, 'payload')
    expect(await codeOf(token)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })
})

describe('tokens in tokens', () => {
  it('refuses a signed token as the payload of another', async () => {
    expect(await codeOf(await signText(issuer.key, await issuer.sign(), { cty: 'JWT' }))).toBe(
      'GW_AUTH_TOKEN_MALFORMED',
    )
  })

  it('refuses an encrypted token', async () => {
    const head = part({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: issuer.key.kid })
    expect(await codeOf(`${head}.AAAA.AAAA.AAAA.AAAA`)).toBe('GW_AUTH_TOKEN_MALFORMED')
    expect(await codeOf(`${part({ alg: 'dir', enc: 'A128GCM' })}..AAAA.AAAA.AAAA`)).toBe(
      'GW_AUTH_TOKEN_MALFORMED',
    )
  })

  it('refuses a payload that is no object', async () => {
    for (const payload of ['null', '[]', '"text"', '7', 'true', '', ' '])
      expect(await codeOf(await signText(issuer.key, payload))).toBe('GW_AUTH_TOKEN_MALFORMED')
  })
})
