/**
 * What is measured: the only place for addresses, routes, headers and bodies. The upstream, the load, the proof and the
 * contenders all read it from here, so they cannot disagree.
 */
import type { Http1Scenario, Http2Scenario, Scenario, Tokens } from './scenario.ts'

/** Every process listens here; ports are chosen by the operating system and reported by the process that got them. */
export const HOST = '127.0.0.1'

/** Connections that a proxy may open to the upstream: more than any scenario's load can use at once. */
export const UPSTREAM_CONNECTIONS = 128

/** How long idle connections live, on every leg: longer than a contender's pause between two of its rounds. */
export const IDLE_CONNECTION_MS = 120_000

/** The token that every request carries, and what `postern-full` expects of it. */
export const TOKEN = {
  audience: 'gateway',
  subject: 'svc-checkout',
  algorithm: 'ES256',
  keyId: 'bench-1',
  jwksPath: '/jwks.json',
  lifetime: '12h',
} as const

/** The routing table of `postern-full`; every route leads to the one upstream. */
export const ROUTES = [
  { match: { path: '/api/orders' }, to: 'api' },
  { match: { path: '/api/stock' }, to: 'api' },
  { match: { path: '/' }, to: 'api' },
]

const JSON_BODY =
  '{"id":4711,"customer":"c-20931","status":"shipped","lines":3,"total":"148.90","currency":"EUR","boxes":2}'

const HEADERS = {
  accept: 'application/json',
  'accept-encoding': 'gzip, br',
  'accept-language': 'en-GB,en;q=0.8',
  'cache-control': 'no-cache',
  'user-agent': 'checkout/4.12.0',
  'x-request-id': '01JD7Q8Z3M9T4V6W2X5Y7A1BCD',
  'x-tenant': 'blue',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}

/** The request and answer of `get-small`, and of every scenario that asks what another wire adds to it. */
const SMALL = {
  per: 'request',
  request: { method: 'GET', path: '/api/orders/4711?expand=lines', headers: HEADERS },
  response: {
    status: 200,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      etag: '"a7-19f"',
      vary: 'accept-encoding',
    },
    body: JSON_BODY,
  },
} as const

const http2 = (name: string, wire: Http2Scenario['wire'], upstream: string): Http2Scenario => ({
  ...SMALL,
  wire,
  name,
  description: `the GET of get-small over cleartext HTTP/2, ${upstream} upstream, 4 connections, 25 streams on each`,
  connections: 4,
  streams: 25,
})

const both = (name: string, size: string, bytes: number, connections: number): Http1Scenario => ({
  wire: 'http1',
  name,
  description: `POST, ${size} up, then ${size} back, ${connections} connections`,
  per: 'request',
  connections,
  request: {
    method: 'POST',
    path: '/api/orders',
    headers: { ...HEADERS, 'content-type': 'text/plain' },
    body: { bytes },
  },
  response: {
    status: 200,
    headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
    body: { bytes },
  },
})

/** Those that verify a token per request, and are compared in nothing else. */
const VERIFIERS = ['postern-workers', 'postern-inline', 'fastify-jwt-http-proxy']

const tokens = (name: string, what: string, pool: Tokens): Http1Scenario => ({
  ...SMALL,
  wire: 'http1',
  name,
  description: `the GET of get-small, 50 connections, ${what}`,
  connections: 50,
  between: VERIFIERS,
  tokens: pool,
})

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  {
    ...SMALL,
    wire: 'http1',
    name: 'get-small',
    description: 'GET, 8 request headers and a bearer token, 105 bytes of JSON back, 50 connections',
    connections: 50,
  },
  http2('h2', 'http2-http1', 'HTTP/1.1'),
  http2('h2-h2', 'http2-http2', 'cleartext HTTP/2'),
  {
    wire: 'grpc',
    name: 'grpc-unary',
    description: 'unary gRPC call, 32 bytes there, 105 bytes back, 4 connections, 12 calls on each',
    per: 'call',
    connections: 4,
    streams: 12,
    path: '/shop.v1.Orders/Get',
    message: '{"id":4711,"expand":["lines"]}\n\n',
    reply: JSON_BODY,
  },
  {
    wire: 'websocket',
    name: 'websocket-echo',
    description: 'WebSocket messages of 105 bytes and their echo, 20 connections',
    per: 'message',
    connections: 20,
    path: '/api/orders/feed',
    message: JSON_BODY,
  },
  both('body-100k', '100 KB', 100_000, 20),
  both('body-10m', '10 MB', 10_000_000, 2),
  {
    ...SMALL,
    wire: 'http1',
    name: 'idle-1000',
    description: 'the GET of get-small, 50 connections, 1000 idle connections beside them',
    connections: 50,
    idleConnections: 1000,
  },
  {
    ...SMALL,
    wire: 'http1',
    name: 'routing-features',
    description:
      'the GET of get-small, 50 connections, plugin-routing alone: retries, health and breakers off and on',
    connections: 50,
    between: ['routing-off', 'routing-on'],
  },
  {
    ...SMALL,
    wire: 'http1',
    name: 'trace-cost',
    description: 'the GET of get-small, 50 connections, plugin-trace alone: context, log, figures, an SDK',
    connections: 50,
    between: [
      'postern-bare',
      'trace-propagation',
      'trace-log',
      'trace-all',
      'trace-sdk-0',
      'trace-sdk-1',
      'trace-sdk-100',
    ],
  },
  tokens('cached-token', 'one token, verified before', {
    algorithm: 'ES256',
    count: 1,
    cacheEntries: 10_000,
  }),
  tokens('cached-10000-tokens', '10000 tokens in turn, all verified before', {
    algorithm: 'ES256',
    count: 10_000,
    // One more is the token of the proof.
    cacheEntries: 10_001,
  }),
  tokens('new-tokens-rs256', 'every RS256 token new to the cache', {
    algorithm: 'RS256',
    count: 5_000,
    cacheEntries: 500,
  }),
  tokens('new-tokens-es256', 'every ES256 token new to the cache', {
    algorithm: 'ES256',
    count: 5_000,
    cacheEntries: 500,
  }),
]

/**
 * The scenario of that name.
 * @throws Error when there is none; the message lists those that exist
 */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name)
  if (found) return found
  throw new Error(
    `no scenario "${name}"; there are: ${scenarios.map((scenario) => scenario.name).join(', ')}`,
  )
}

/** The pool of a scenario, where it has one. */
export function tokensOf(scenario: Scenario): Tokens | undefined {
  return 'tokens' in scenario ? scenario.tokens : undefined
}

/** The headers of the scenario's request with the token in place: the same for every contender. */
export function requestHeaders(
  { request }: Http1Scenario | Http2Scenario,
  token: string,
): Record<string, string> {
  return { ...request.headers, authorization: `Bearer ${token}` }
}
