/**
 * The attack: errors that tell. A refused or failed request must not bring a token, a body or an internal address into
 * an answer, nor a secret into a log that more people can read than the traffic.
 */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { definePlugin, GatewayError, type GatewayOptions, type PluginInstance } from '../../src/index.ts'
import { createTestGateway, createUpstream, type UpstreamBehaviour } from '../../src/testing.ts'
import { RawClient, type RawResponse } from '../listen/raw-client.ts'

const SECRET = 's3cr3t-value'
const HEAD = [
  'Host: a',
  `Authorization: Bearer ${SECRET}`,
  `Cookie: session=${SECRET}`,
  `X-Api-Key: ${SECRET}`,
  `Content-Length: ${SECRET.length}`,
]
const request = (target = `/orders?token=${SECRET}`, extra: readonly string[] = []): string =>
  `POST ${target} HTTP/1.1\r\n${[...HEAD, ...extra].join('\r\n')}\r\n\r\n${SECRET}`

/** A guard or transform that fails in one hook. */
function failing(
  fault: 'guard' | 'transform' | 'observer',
  hook: 'preForward' | 'mapUpstreamRequest' | 'mapResponse' | 'onAttemptEnd',
) {
  return definePlugin({
    name: `failing-${hook.toLowerCase()}`,
    version: '1.0.0',
    api: '1.0',
    fault,
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks[hook].tap(() => {
          throw new Error('the internals at db.internal:5432')
        })
      })
    },
  })()
}

async function run(
  bytes: string,
  options: GatewayOptions & {
    readonly plugins?: readonly PluginInstance[]
    readonly behaviour?: UpstreamBehaviour
  } = {},
): Promise<{ response: RawResponse | undefined; log: string; upstreamPort: number }> {
  let log = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  const { plugins = [], behaviour, ...rest } = options
  const logger = pino({ level: 'trace' }, stream)
  await using gateway = await createTestGateway(plugins, { ...rest, logger }, behaviour)
  using client = await RawClient.open(gateway.port)
  client.send(bytes)
  const response = await client.response().catch(() => undefined)
  client.destroy()
  return { response, log, upstreamPort: gateway.upstream.port }
}

describe('neither answers nor logs give away what the client sent', () => {
  test.each<[string, string, Parameters<typeof run>[1]]>([
    ['a refused path', request(`/a/../${SECRET}?x=${SECRET}`), {}],
    ['a refused query', request(`/a?${SECRET}\xff`), {}],
    ['a refused host', request('/', [`Host: ${SECRET}@a`]), {}],
    ['a head that the parser refuses', request('/', [`X-Bad : ${SECRET}`]), {}],
    ['a head with a control character', request('/', [`X-Bad: ${SECRET}\x01`]), {}],
    ['a head that is too large', request('/', [`X-Large: ${SECRET.repeat(2_000)}`]), {}],
    ['an unknown expectation', request('/', [`Expect: ${SECRET}`]), {}],
    ['a body that is too large', request(), { limits: { requestBodyBytes: 1 } }],
    ['a guard that throws', request(), { plugins: [failing('guard', 'preForward')] }],
    ['a transform that throws', request(), { plugins: [failing('transform', 'mapUpstreamRequest')] }],
    [
      'a transform of the response that throws',
      request(),
      { plugins: [failing('transform', 'mapResponse')] },
    ],
    ['an observer that throws', request(), { plugins: [failing('observer', 'onAttemptEnd')] }],
    ['an upstream that resets', request(), { behaviour: { kind: 'reset-before-head' } }],
    ['an upstream that sends garbage', request(), { behaviour: { kind: 'garbage' } }],
    ['an upstream that is cut', request(), { behaviour: { kind: 'reset-in-body', length: 10, bytes: 5 } }],
    ['an upstream that is silent', request(), { behaviour: { kind: 'silent' }, timeouts: { headersMs: 50 } }],
    ['no route', request(), { upstream: undefined }],
  ])('%s', async (_what, bytes, options) => {
    const { response, log, upstreamPort } = await run(bytes, options)
    const answer = JSON.stringify(response ?? '')
    if (response && response.status !== 200) {
      for (const word of [
        SECRET,
        'internals',
        'db.internal',
        `127.0.0.1:${upstreamPort}`,
        String(upstreamPort),
        'ECONN',
        'HPE_',
      ]) {
        expect(answer).not.toContain(word)
      }
      expect(response.header('cache-control') ?? 'no-store').toBe('no-store')
    }
    expect(log).not.toContain(SECRET)
  })
})

test('what an upstream said that was no HTTP is in no answer and no log', async () => {
  await using upstream = await createUpstream({
    kind: 'bytes',
    bytes: `NOT HTTP ${SECRET}\r\nset-cookie: ${SECRET}\r\n\r\n`,
    end: 'close',
  })
  const { response, log } = await run(request(), { upstream: upstream.url })
  expect(response?.status).toBe(502)
  expect(response?.body).not.toContain(SECRET)
  expect(log).toContain('GW_UPSTREAM_BAD_RESPONSE')
  expect(log).not.toContain(SECRET)
})

test('an address that refuses is for the log only', async () => {
  const { response, log } = await run(request(), { upstream: 'http://127.0.0.1:1' })
  expect(response?.status).toBe(502)
  expect(response?.body).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/)
  expect(log).toContain('http://127.0.0.1:1: ECONNREFUSED')
})

test('message and cause of a plugin’s own error stay inside, its headers go out', async () => {
  const plugin = definePlugin({
    name: 'refusing',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.preForward.tap(
          () =>
            new GatewayError('GW_UPSTREAM_BUSY', {
              message: 'the internals',
              cause: new Error('the cause'),
              headers: ['retry-after', '7'],
            }),
        )
      })
    },
  })
  const { response } = await run(request(), { plugins: [plugin()] })
  expect(response?.header('retry-after')).toBe('7')
  expect(JSON.parse(response?.body ?? '')).toEqual({
    type: 'about:blank',
    title: 'The service is at its limit of concurrent requests.',
    status: 503,
    code: 'GW_UPSTREAM_BUSY',
    exchangeId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
  })
})
