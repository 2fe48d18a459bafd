import { afterAll, beforeAll, expect, it } from 'vitest'
import { FakeHost } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

let issuer: TestIssuer
let host: FakeHost

beforeAll(async () => {
  issuer = await TestIssuer.start()
  host = new FakeHost(optionsFor(issuer), undefined, 'observe')
})
afterAll(async () => {
  await host.close()
  await issuer.stop()
})

it('says which scheme arrives', () => {
  expect(host.observe([])).toBe('none')
  expect(host.observe(['Authorization', 'Basic dXNlcjpwYXNz'])).toBe('basic')
  expect(host.observe(['Authorization', 'NEGOTIATE abc'])).toBe('negotiate')
  expect(host.observe(['Authorization', 'Bearer c2VjcmV0'])).toBe('bearer-opaque')
  expect(host.observe(['Authorization', 'Bearer a', 'Authorization', 'Bearer b'])).toBe('several')
})

it('names algorithm and issuer of a JWT only when it knows them', async () => {
  const observe = async (token: Promise<string>) => host.observe(['Authorization', `Bearer ${await token}`])
  expect(await observe(issuer.sign())).toBe(`bearer-jwt iss=${issuer.url} alg=ES256`)
  expect(await observe(issuer.sign({ claims: { iss: 'https://other.internal' } }))).toBe(
    'bearer-jwt iss=other alg=ES256',
  )
  const odd = `${Buffer.from('{"alg":"secret-alg"}').toString('base64url')}.e30.`
  expect(host.observe(['Authorization', `Bearer ${odd}`])).toBe('bearer-jwt iss=other alg=other')
})

it('never repeats what might be a key', () => {
  expect(host.observe(['Authorization', 'sk-live-12345'])).toBe('other')
  expect(host.observe(['Authorization', 'sk-live-12345 extra'])).toBe('other')
})

it('fetches no keys and needs none to be ready', () => {
  expect(issuer.fetches).toBe(0)
  expect(host.ready()).toBe(true)
})
