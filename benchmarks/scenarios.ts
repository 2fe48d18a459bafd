/**
 * What is measured: the only place for addresses, routes, headers and bodies. The upstream, the load, the proof and the
 * contenders all read it from here, so they cannot disagree.
 */

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

/** One request, its answer, and how many connections repeat it without a pause. */
export interface HttpScenario {
  readonly kind: 'http'
  readonly name: string
  readonly description: string
  readonly connections: number
  readonly request: {
    readonly method: 'GET' | 'POST' | 'PUT'
    readonly path: string
    /** Without `host`, `connection`, `content-length` and `authorization`, which the client adds. */
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly response: {
    readonly status: number
    /** Without `content-length`, which the upstream counts. */
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }
}

/** A kind of measurement. Each kind has its own runner in `harness/`. */
export type Scenario = HttpScenario

/** All scenarios, in the order in which they run. */
export const scenarios: readonly Scenario[] = [
  {
    kind: 'http',
    name: 'get-small',
    description: 'GET, 8 request headers and a bearer token, 105 bytes of JSON back, 50 connections',
    connections: 50,
    request: {
      method: 'GET',
      path: '/api/orders/4711?expand=lines',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip, br',
        'accept-language': 'en-GB,en;q=0.8',
        'cache-control': 'no-cache',
        'user-agent': 'checkout/4.12.0',
        'x-request-id': '01JD7Q8Z3M9T4V6W2X5Y7A1BCD',
        'x-tenant': 'blue',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    },
    response: {
      status: 200,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'cache-control': 'no-store',
        etag: '"a7-19f"',
        vary: 'accept-encoding',
      },
      body: '{"id":4711,"customer":"c-20931","status":"shipped","lines":3,"total":"148.90","currency":"EUR","boxes":2}',
    },
  },
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

/** The headers of the scenario's request with the token in place: the same for every contender. */
export function requestHeaders(scenario: HttpScenario, token: string): Record<string, string> {
  return { ...scenario.request.headers, authorization: `Bearer ${token}` }
}
