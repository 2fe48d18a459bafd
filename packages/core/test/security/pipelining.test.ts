/**
 * The attack: a second request on the same connection, timed or shaped so that its answer is taken for the answer to
 * the first one (response queue poisoning).
 */
import { expect, test } from 'vitest'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/** An upstream that answers each request with its path when it is told to. */
async function heldGateway() {
  const held = new Map<string, () => void>()
  const gateway = await createTestGateway(
    [],
    {},
    {
      kind: 'custom',
      handle: (request, response) => {
        const url = request.url ?? ''
        held.set(url, () => response.end(url))
      },
    },
  )
  const arrived = (url: string): Promise<void> => until(() => held.has(url), `${url} to arrive`)
  const release = (url: string): void => held.get(url)?.()
  return { gateway, arrived, release }
}

test('answers come in the order of the requests, also when the second is ready first', async () => {
  const { gateway, arrived, release } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  client.send(get('/one') + get('/two') + get('/three'))
  for (const url of ['/one', '/two', '/three']) await arrived(url)
  for (const url of ['/three', '/two', '/one']) release(url)
  expect(
    [await client.response(), await client.response(), await client.response()].map(({ body }) => body),
  ).toEqual(['/one', '/two', '/three'])
})

const post = (path: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`

test('what changes something is not carried out beside others: not before those in front, nor they before it', async () => {
  const { gateway, arrived, release } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  const urls = ['/one', '/two', '/three', '/four', '/five']
  const [one, two, three, four, five] = urls as [string, string, string, string, string]
  client.send(get(one) + post(two, 'abc') + get(three) + get(four) + post(five, 'abc'))
  const begun = [1, 2, 4, 4, 5]
  for (const [index, url] of urls.entries()) {
    await arrived(urls[(begun[index] as number) - 1] as string)
    expect(gateway.upstream.requests.map((request) => request.url)).toEqual(urls.slice(0, begun[index]))
    release(url)
    expect((await client.response()).body).toBe(url)
  }
  // Without others before it, a request is carried out at once.
  client.send(get('/six'))
  await arrived('/six')
})

test('sixteen safe ones at most are carried out at once, and each answer lets the next begin', async () => {
  const { gateway, arrived, release } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  const urls = Array.from({ length: 40 }, (_, i) => `/${i}`)
  client.send(urls.map(get).join(''))
  for (const [index, url] of urls.entries()) {
    const last = Math.min(index + 15, urls.length - 1)
    await arrived(urls[last] as string)
    expect(gateway.upstream.requests).toHaveLength(last + 1)
    release(url)
    expect((await client.response()).body).toBe(url)
  }
})

test('safe ones without end take no more places than sixteen, and their client is cut', async () => {
  const { gateway, arrived } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  client.send(get('/one'))
  await arrived('/one')
  client.send(get('/more').repeat(5_000))
  await client.closed()
  await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  expect(gateway.gateway.stats().exchanges).toBe(16)
})

test('a client that sends thousands behind one that waits is cut, and nothing of them is carried out', async () => {
  const { gateway, arrived } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  client.send(post('/one', 'a'))
  await arrived('/one')
  client.send(post('/more', '').repeat(5_000))
  await client.closed()
  await gateway.finished(1)
  expect(gateway.upstream.requests).toHaveLength(1)
})

test('hundreds, each in its turn, are answered to their end', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawClient.open(gateway.port)
  client.send(post('/many', 'a').repeat(500))
  for (let i = 0; i < 500; i++) expect((await client.response()).status).toBe(200)
  expect(gateway.upstream.requests).toHaveLength(500)
})

test('a refusal waits for the answer before it', async () => {
  const { gateway, arrived, release } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  client.send(`${get('/one')}GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n`)
  await arrived('/one')
  await gateway.finished(1)
  expect(client.received).toBe('')
  release('/one')
  expect((await client.response()).body).toBe('/one')
  expect((await client.response()).status).toBe(400)
})

test.each([
  ['garbage', '\0\0\0\r\n\r\n'],
  ['a request with a bare LF', 'GET /two HTTP/1.1\nHost: a\r\n\r\n'],
  ['CONNECT', 'CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n'],
  [
    'a head above the limit of the parser',
    `GET /two HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(90_000)}\r\n\r\n`,
  ],
])('%s behind a running request never gets an answer in its place', async (_what, second) => {
  const { gateway, arrived, release } = await heldGateway()
  await using _ = gateway
  using client = await RawClient.open(gateway.port)
  client.send(get('/one'))
  await arrived('/one')
  client.send(second)
  await Promise.race([client.closed(), until(() => client.received !== '', 'an answer').catch(() => {})])
  release('/one')
  await client.closed()
  expect(client.received).toBe('')
})

test('nothing after a refused smuggling attempt is read as a request', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawClient.open(gateway.port)
  client.send(
    `${get('/one')}POST /two HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 3\r\n\r\nabc${get('/three')}`,
  )
  await client.closed()
  expect(gateway.upstream.requests.map(({ url }) => url)).not.toContain('/three')
})
