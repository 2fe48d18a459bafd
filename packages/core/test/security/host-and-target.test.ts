/**
 * The attack: a request that names two hosts, or one that no two parsers agree on, so that a guard checks one service
 * and another answers.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([])
})
afterAll(() => gateway.close())

async function expectRefused(bytes: string, code: string): Promise<void> {
  const before = gateway.upstream.requests.length
  using client = await RawClient.open(gateway.port)
  client.send(bytes)
  const response = await client.response()
  await client.closed()
  expect(response.status).toBe(400)
  expect(response.body).toContain(code)
  expect(client.received).toBe('')
  expect(gateway.upstream.requests.length).toBe(before)
}

describe('a Host that is missing, repeated or no host is refused', () => {
  test.each([
    ['no Host', ''],
    ['two equal Host lines', 'Host: a\r\nHost: a\r\n'],
    ['two different Host lines', 'Host: a\r\nhost: b\r\n'],
    ['an empty Host', 'Host:\r\n'],
    ['a user part', 'Host: user@a\r\n'],
    ['a path', 'Host: a/admin\r\n'],
    ['a query', 'Host: a?b\r\n'],
    ['a fragment', 'Host: a#b\r\n'],
    ['a backslash', 'Host: a\\b\r\n'],
    ['a blank inside', 'Host: a b\r\n'],
    ['a port that is no number', 'Host: a:b\r\n'],
    ['an open bracket', 'Host: [::1\r\n'],
    ['two ports', 'Host: a:1:2\r\n'],
    ['a list, as X-Forwarded-Host would be read', 'Host: a,b\r\n'],
    ['an encoded character', 'Host: a%2eb\r\n'],
    ['a character above ASCII', 'Host: \xe4\r\n'],
  ])('%s', (_what, lines) => expectRefused(`GET / HTTP/1.1\r\n${lines}\r\n`, 'GW_REQ_HOST_INVALID'))

  test.each(['a', 'a:80', 'A.b-c_d', '127.0.0.1:8080', '[::1]', '[::1]:8080'])(
    '%s is a host',
    async (host) => {
      using client = await RawClient.open(gateway.port)
      const response = await client.exchange(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      expect(response.status).toBe(200)
      expect(gateway.upstream.requests.at(-1)?.headers['x-forwarded-host']).toBe(host)
      expect(gateway.upstream.requests.at(-1)?.headers.host).toBe(`127.0.0.1:${gateway.upstream.port}`)
    },
  )
})

describe('an absolute-form target', () => {
  test.each([
    ['another host', 'http://b/', 'GW_REQ_HOST_INVALID'],
    ['another port', 'http://a:81/', 'GW_REQ_HOST_INVALID'],
    ['a user part', 'http://user@a/', 'GW_REQ_TARGET_INVALID'],
    ['another host behind a user part', 'http://a@b/', 'GW_REQ_TARGET_INVALID'],
    ['no host', 'http:///', 'GW_REQ_TARGET_INVALID'],
    ['another scheme', 'ftp://a/', 'GW_REQ_TARGET_INVALID'],
    ['a script', 'javascript:alert(1)', 'GW_REQ_'],
    ['authority form', 'a:80', 'GW_REQ_'],
    ['the asterisk with GET', '*', 'GW_REQ_'],
    ['a backslash for a slash', 'http:\\\\a\\', 'GW_REQ_'],
  ])('with %s is refused', (_what, target, code) =>
    expectRefused(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, code),
  )

  test('with the host of Host is forwarded by its path', async () => {
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange('GET http://A:80/x?y=1 HTTP/1.1\r\nHost: a:80\r\n\r\n')
    expect(response.status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.url).toBe('/x?y=1')
  })

  test('with a query and no path gets a slash', async () => {
    using client = await RawClient.open(gateway.port)
    expect((await client.exchange('GET http://a?y=1 HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.url).toBe('/?y=1')
  })
})

test('HTTP/1.0 without Host is forwarded, and claims no host', async () => {
  using client = await RawClient.open(gateway.port)
  expect((await client.exchange('GET / HTTP/1.0\r\n\r\n')).status).toBe(200)
  expect(gateway.upstream.requests.at(-1)?.headers).not.toHaveProperty('x-forwarded-host')
})
