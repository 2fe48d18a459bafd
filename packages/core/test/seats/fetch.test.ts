/** `gateway.fetch`: a web standard Request in, a Response out. */
import { describe, expect, test } from 'vitest'
import { createTestGateway, createUpstream } from '../../src/testing.ts'

describe('requests and responses', () => {
  test('pass as they are', async () => {
    await using gateway = await createTestGateway([])
    const response = await gateway.gateway.fetch('http://service/path?q=1', {
      method: 'PUT',
      body: 'abc',
      headers: { 'x-a': '1' },
    })
    expect(await response.json()).toMatchObject({
      method: 'PUT',
      url: '/path?q=1',
      body: 'abc',
      headers: { 'x-a': '1' },
    })
    const request = new Request('http://service/from-request', { headers: { 'x-b': '2' } })
    expect(await (await gateway.gateway.fetch(request)).json()).toMatchObject({ headers: { 'x-b': '2' } })
  })

  test.each([204, 205, 304])('status %i has no body', async (status) => {
    await using gateway = await createTestGateway([], {}, { kind: 'answer', status })
    const response = await gateway.gateway.fetch('http://service/')
    expect([response.status, response.body, await response.text()]).toEqual([status, null, ''])
    await gateway.finished(1)
  })

  test('HEAD has headers and no body', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'answer', headers: { 'content-length': '3' }, body: 'abc' },
    )
    const response = await gateway.gateway.fetch('http://service/', { method: 'HEAD' })
    expect([response.headers.get('content-length'), await response.text()]).toEqual(['3', ''])
  })

  test('cookies stay apart', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'answer', headers: { 'set-cookie': ['a=1', 'b=2'] } },
    )
    expect((await gateway.gateway.fetch('http://service/')).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  test('a status that no Response can have is an upstream’s fault', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 777 X\r\nContent-Length: 0\r\n\r\n',
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    const response = await gateway.gateway.fetch('http://service/')
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { code: 'GW_UPSTREAM_BAD_RESPONSE' },
    ])
    await gateway.finished(1)
  })

  test('a reason phrase that no Response can have is left out', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 \u20ac\r\nContent-Length: 2\r\n\r\nok',
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    const response = await gateway.gateway.fetch('http://service/')
    expect([response.status, response.statusText, await response.text()]).toEqual([200, '', 'ok'])
  })

  test('failures are responses: refused, unreachable, no route', async () => {
    await using gateway = await createTestGateway([], { upstream: 'http://127.0.0.1:1' })
    expect((await gateway.gateway.fetch('http://service/a//b')).status).toBe(400)
    expect((await gateway.gateway.fetch('http://service/')).status).toBe(502)
    await using routeless = await createTestGateway([], { upstream: undefined })
    expect((await routeless.gateway.fetch('http://service/')).status).toBe(404)
  })
})
