/**
 * The attack: a client writes its own `X-Forwarded-For`, and the upstream (or a mode exception of the gateway) believes
 * an address that was never there.
 */
import { describe, expect, test } from 'vitest'
import { createGateway, type GatewayOptions } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

/** What the upstream gets, and who the gateway says is asking. */
async function sent(lines: readonly string[], options: GatewayOptions = {}) {
  await using gateway = await createTestGateway([], options)
  using client = await RawClient.open(gateway.port)
  const response = await client.exchange(['GET / HTTP/1.1', 'Host: gate:80', ...lines, '', ''].join('\r\n'))
  expect(response.status).toBe(200)
  await gateway.finished(1)
  const raw = gateway.upstream.requests.at(-1)?.rawHeaders ?? []
  const headers: string[] = []
  for (let i = 0; i < raw.length; i += 2)
    if (/^(x.)?forwarded/i.test(raw[i] ?? '')) headers.push(`${raw[i]}: ${raw[i + 1]}`)
  const exchange = gateway.exchanges[0]
  return { headers, client: exchange?.clientAddress, scheme: exchange?.scheme }
}

const OWN = [
  'x-forwarded-for: 127.0.0.1',
  'x-forwarded-proto: http',
  'x-forwarded-host: gate:80',
  'forwarded: for=127.0.0.1;host="gate:80";proto=http',
]
const LOOPBACK = { trustedProxies: ['127.0.0.0/8'] }

describe('from a client that is not trusted', () => {
  test.each([
    ['nothing', []],
    ['one address', ['X-Forwarded-For: 10.0.0.1']],
    [
      'several lines',
      ['X-Forwarded-For: 10.0.0.1', 'x-forwarded-for: 10.0.0.2', 'X-FORWARDED-FOR: 10.0.0.3'],
    ],
    [
      'every other kind',
      ['X-Forwarded-Proto: https', 'X-Forwarded-Host: evil', 'X-Forwarded-Port: 1', 'X-Forwarded-User: root'],
    ],
    ['Forwarded', ['Forwarded: for=10.0.0.1;proto=https;host=evil', 'forwarded: by=x']],
    ['what CGI servers read as the same name', ['X_Forwarded_For: 10.0.0.1', 'X-Forwarded_Proto: https']],
    [
      'a list that it nominates itself',
      ['X-Forwarded-For: 10.0.0.1', 'Connection: x-forwarded-for, x-forwarded-proto'],
    ],
  ])('%s is replaced by what the gateway knows', async (_what, lines) => {
    expect(await sent(lines)).toEqual({ headers: OWN, client: '127.0.0.1', scheme: 'http' })
  })

  test('an address beside the trusted range is not trusted', async () => {
    const { client } = await sent(['X-Forwarded-For: 10.0.0.1'], {
      trustedProxies: ['127.0.0.2', '10.0.0.0/8', '::1'],
    })
    expect(client).toBe('127.0.0.1')
  })
})

describe('from a trusted proxy', () => {
  test('the list is extended, the rest is kept', async () => {
    const lines = ['X-Forwarded-For: 192.0.2.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shop.example']
    expect(await sent(lines, LOOPBACK)).toEqual({
      headers: [
        'X-Forwarded-For: 192.0.2.7, 127.0.0.1',
        'X-Forwarded-Proto: https',
        'X-Forwarded-Host: shop.example',
        'forwarded: for=192.0.2.7;host=shop.example;proto=https, for=127.0.0.1',
      ],
      client: '192.0.2.7',
      scheme: 'https',
    })
  })

  test('several lines become one list', async () => {
    const { headers, client } = await sent(
      ['X-Forwarded-For: 192.0.2.7', 'x-forwarded-for: 192.0.2.8'],
      LOOPBACK,
    )
    expect(headers[0]).toBe('X-Forwarded-For: 192.0.2.7, 192.0.2.8, 127.0.0.1')
    expect(client).toBe('192.0.2.8')
  })

  test('Forwarded is extended by this hop', async () => {
    const { headers } = await sent(['Forwarded: for=192.0.2.7;proto=https'], LOOPBACK)
    expect(headers).toContain('Forwarded: for=192.0.2.7;proto=https, for=127.0.0.1')
  })

  test.each([
    ['the nearest address that is not trusted', '192.0.2.1, 198.51.100.9, 127.0.0.9', '198.51.100.9'],
    ['the last one when all are trusted', '127.0.0.8, 127.0.0.9', '127.0.0.8'],
    ['an IPv6 address', '2001:db8::7', '2001:db8::7'],
    ['an IPv6 address in brackets, with a port', '[2001:db8::7]:4711', '2001:db8::7'],
    ['an IPv4 address mapped into IPv6', '::ffff:192.0.2.7', '192.0.2.7'],
    ['the proxy itself when the list is no list', 'unknown', '127.0.0.1'],
    ['the proxy itself when the list is empty', '', '127.0.0.1'],
    ['the proxy itself when the last element is empty', '192.0.2.1, ', '127.0.0.1'],
    ['nothing left of what is no address', '192.0.2.1, "><script>, 127.0.0.9', '127.0.0.9'],
    ['no address with a mask', '192.0.2.1/8', '127.0.0.1'],
    ['no address with a zone', 'fe80::7%eth0', '127.0.0.1'],
    ['an IPv6 address in its one spelling', '2001:DB8:0:0::7', '2001:db8::7'],
    ['an IPv4 address mapped in capitals', '::FFFF:192.0.2.7', '192.0.2.7'],
    ['an IPv4 address mapped in hex digits', '::ffff:c000:207', '192.0.2.7'],
  ])('the client is %s', async (_what, list, client) => {
    expect((await sent([`X-Forwarded-For: ${list}`], LOOPBACK)).client).toBe(client)
  })

  test.each(['ftp', 'https://', 'javascript', 'https, http', ''])(
    'a scheme "%s" is not believed',
    async (proto) => {
      const { headers, scheme } = await sent([`X-Forwarded-Proto: ${proto}`], LOOPBACK)
      expect(scheme).toBe('http')
      expect(headers).toContain('X-Forwarded-Proto: http')
    },
  )

  test.each(['127.0.0.1', '127.0.0.0/30', '0.0.0.0/0', '::ffff:127.0.0.1'])(
    '%s trusts this peer',
    async (entry) => {
      expect((await sent(['X-Forwarded-For: 192.0.2.7'], { trustedProxies: [entry] })).client).toBe(
        '192.0.2.7',
      )
    },
  )

  test('IPv6 ranges are ranges', async () => {
    const options = { trustedProxies: ['127.0.0.1', '2001:db8::/32'] }
    expect((await sent(['X-Forwarded-For: 192.0.2.7, 2001:db8:9::1'], options)).client).toBe('192.0.2.7')
    expect((await sent(['X-Forwarded-For: 192.0.2.7, 2001:db9::1'], options)).client).toBe('2001:db9::1')
  })

  test.each(['localhost', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.1/', '10.0.0.1/8/8', ''])(
    'an entry "%s" stops the start',
    (entry) => {
      expect(() => createGateway([], { trustedProxies: [entry], logger: false })).toThrow(/trustedProxies/)
    },
  )
})

describe('Forwarded (RFC 7239) from a trusted proxy', () => {
  test.each([
    ['an address', 'for=192.0.2.7', '192.0.2.7', 'http'],
    ['its scheme', 'for=192.0.2.7;proto=https', '192.0.2.7', 'https'],
    ['a quoted IPv6 address with a port', 'For="[2001:db8::7]:4711"', '2001:db8::7', 'http'],
    ['an address with a port', 'for="192.0.2.7:80"', '192.0.2.7', 'http'],
    [
      'the hop next to the trusted ones',
      'for=192.0.2.1, for=198.51.100.9;proto=https, for=127.0.0.9',
      '198.51.100.9',
      'https',
    ],
    ['not what a quoted comma hides', 'for=192.0.2.1;by="a, for=198.51.100.9"', '192.0.2.1', 'http'],
    ['nobody behind a hidden node', 'for=192.0.2.1, for=_hidden', '127.0.0.1', 'http'],
    ['nobody behind an unknown one', 'for=unknown', '127.0.0.1', 'http'],
    ['nobody when it is no list', ';;==,,"', '127.0.0.1', 'http'],
  ])('says %s', async (_what, value, client, scheme) => {
    expect(await sent([`Forwarded: ${value}`], LOOPBACK)).toMatchObject({ client, scheme })
  })

  // A proxy that extends what its client sent writes its own element behind it, and the quotes of that element may close others.
  test.each([
    ['one that swallows the element of the proxy', ['Forwarded: for=192.0.2.66;x=", for="[2001:db8::7]"']],
    ['one on a line of its own', ['Forwarded: for=192.0.2.66;x="', 'Forwarded: for="[2001:db8::7]"']],
    ['one with an escape at its end', ['Forwarded: for=192.0.2.66;x="\\', 'Forwarded: for="[2001:db8::7]"']],
    ['one that never closes', ['Forwarded: for=192.0.2.66;x="']],
    ['one inside a value', ['Forwarded: for=192.0.2.66;x=y", for="[2001:db8::7]"']],
  ])('with an open quote is not believed and not extended: %s', async (_what, lines) => {
    expect(await sent(lines, LOOPBACK)).toEqual({
      headers: [OWN[3], ...OWN.slice(0, 3)],
      client: '127.0.0.1',
      scheme: 'http',
    })
  })

  test('is told to upstreams that read X-Forwarded-For', async () => {
    const { headers } = await sent(['Forwarded: for=192.0.2.7;proto=https;host=shop.example'], LOOPBACK)
    expect(headers).toEqual([
      'Forwarded: for=192.0.2.7;proto=https;host=shop.example, for=127.0.0.1',
      'x-forwarded-for: 192.0.2.7, 127.0.0.1',
      'x-forwarded-proto: https',
      'x-forwarded-host: shop.example',
    ])
  })
})

describe('a host that is no token', () => {
  const elementFor = async (lines: readonly string[], options?: GatewayOptions) =>
    (await sent(lines, options)).headers.find((line) => line.startsWith('forwarded: '))

  test('of a client is quoted, so that it adds no hop and no parameter', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawClient.open(gateway.port)
    await client.exchange('GET / HTTP/1.1\r\nHost: a;for=192.0.2.66\r\n\r\n')
    expect(gateway.upstream.requests[0]?.headers['forwarded']).toBe(
      'for=127.0.0.1;host="a;for=192.0.2.66";proto=http',
    )
  })

  test.each([
    ['a list', 'a, b', '"a, b"'],
    ['quotes', 'a:1";for=192.0.2.66;x="', String.raw`"a:1\";for=192.0.2.66;x=\""`],
    ['a backslash', 'a\\', String.raw`"a\\"`],
  ])('of X-Forwarded-Host is quoted: %s', async (_what, host, quoted) => {
    const lines = ['X-Forwarded-For: 192.0.2.7', `X-Forwarded-Host: ${host}`]
    expect(await elementFor(lines, LOOPBACK)).toBe(
      `forwarded: for=192.0.2.7;host=${quoted};proto=http, for=127.0.0.1`,
    )
  })
})

describe('the form in which an upstream is told', () => {
  const own = OWN.slice(0, 3)
  const standard = OWN.slice(3)
  test.each([
    ['both', OWN],
    ['x-forwarded', own],
    ['forwarded', standard],
    ['none', []],
  ] as const)('%s', async (forwarded, headers) => {
    expect(
      (await sent(['X-Forwarded-For: 10.0.0.1', 'Forwarded: for=10.0.0.1'], { forwarded })).headers,
    ).toEqual(headers)
  })

  test('x-forwarded alone leaves no list behind that lacks this hop', async () => {
    const options = { ...LOOPBACK, forwarded: 'x-forwarded' } as const
    expect((await sent(['X-Forwarded-For: 192.0.2.7'], options)).headers).toEqual([
      'X-Forwarded-For: 192.0.2.7, 127.0.0.1',
      'x-forwarded-proto: http',
      'x-forwarded-host: gate:80',
    ])
    expect((await sent(['Forwarded: for=192.0.2.7'], options)).headers).toContain(
      'Forwarded: for=192.0.2.7, for=127.0.0.1',
    )
  })

  test('forwarded alone translates what a proxy said the other way', async () => {
    const lines = ['X-Forwarded-For: 192.0.2.7, 2001:db8::1', 'X-Forwarded-Proto: https']
    const { headers } = await sent(lines, { ...LOOPBACK, forwarded: 'forwarded' })
    expect(headers).toContain(
      'forwarded: for=192.0.2.7;host="gate:80";proto=https, for="[2001:db8::1]", for=127.0.0.1',
    )
  })
})

describe('Via', () => {
  test('is added after those that are there', async () => {
    await using gateway = await createTestGateway([], { via: 'gate' })
    await (await gateway.fetch('/', { headers: { via: '1.0 fred, 1.1 other (a comment)' } })).arrayBuffer()
    expect(gateway.upstream.requests[0]?.headers.via).toBe('1.0 fred, 1.1 other (a comment), 1.1 gate')
  })

  test.each(['1.1 gate', '1.1 GATE', '1.0 fred, 1.1 gate', 'HTTP/1.1 gate (x)', '1.1   gate'])(
    'with "%s" the request has been here: 508',
    async (via) => {
      await using gateway = await createTestGateway([], { via: 'gate' })
      const response = await gateway.fetch('/', { headers: { via } })
      expect(response.status).toBe(508)
      expect(await response.json()).toMatchObject({ code: 'GW_REQ_LOOP' })
      expect(gateway.upstream.requests).toEqual([])
    },
  )

  test.each([
    '1.0 fred (x, 1.1 gate)',
    '1.0 fred (a (b), 1.1 gate, \\), 1.1 gate)',
    '1.0 fred (c), 1.1 other',
  ])('with "%s" it has not: a comment names no hop', async (via) => {
    await using gateway = await createTestGateway([], { via: 'gate' })
    expect((await gateway.fetch('/', { headers: { via } })).status).toBe(200)
  })

  test.each(['1.0 fred (a (b, c), d), 1.1 gate', '1.0 fred (left open, 1.1 gate', '1.0 fred ), 1.1 gate'])(
    'with "%s" it has: comments hide no loop',
    async (via) => {
      await using gateway = await createTestGateway([], { via: 'gate' })
      expect((await gateway.fetch('/', { headers: { via } })).status).toBe(508)
    },
  )

  test('a gateway in front of itself answers 508 after one round', async () => {
    await using gateway = await createTestGateway([])
    await gateway.reload([], { upstream: gateway.url })
    expect((await gateway.fetch('/')).status).toBe(508)
  })
})

describe('a host that hands its client’s request to gateway.fetch', () => {
  test('hands on no claims of that client', async () => {
    await using gateway = await createTestGateway([])
    const headers = { 'x-forwarded-for': '10.0.0.1', 'x-forwarded-proto': 'https', forwarded: 'for=10.0.0.1' }
    await (await gateway.gateway.fetch('http://gate/', { headers })).arrayBuffer()
    const seen = gateway.upstream.requests[0]?.headers
    expect(seen).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-host': 'gate' })
    expect(seen).not.toHaveProperty('x-forwarded-for')
    expect(seen).toHaveProperty('forwarded', 'for=unknown;host=gate;proto=http')
  })

  test('finds its loops', async () => {
    await using gateway = await createTestGateway([], { via: 'gate' })
    expect((await gateway.gateway.fetch('http://gate/', { headers: { via: '1.1 gate' } })).status).toBe(508)
  })
})
