import { onPath } from './harness/machine.ts'
import type { Scenario, Wire } from './scenario.ts'
import { scenarios, tokensOf } from './scenarios.ts'

/** A proxy in the race. Its file starts it in a process of its own. */
export interface Contender {
  readonly name: string
  /** For each wire the file that starts it, relative to this one, or why there is none. */
  readonly servers: Readonly<Record<Wire, string | Lack>>
  /** The scenarios that it is made for. Default: all of them. */
  readonly only?: readonly string[]
  /** Why it cannot run here, or nothing when it can. */
  readonly missing?: () => string | undefined
}

/** Why a contender does not take part. */
export interface Lack {
  readonly lacks: string
}

/** Every ratio is against this contender, so it takes part in every run. */
export const FLOOR = 'floor'

const TOKENS = scenarios.filter((scenario) => tokensOf(scenario)).map(({ name }) => name)

const lacks = (reason: string): Lack => ({ lacks: reason })
const everywhere = (file: string): Record<Wire, string> => ({
  http1: file,
  'http2-http1': file,
  'http2-http2': file,
  grpc: file,
  websocket: file,
})

/** All contenders. Each one is configured by its own file in `servers/`, which says why where a choice was open. */
export const contenders: readonly Contender[] = [
  {
    name: FLOOR,
    servers: {
      http1: 'servers/floor.ts',
      'http2-http1': 'servers/floor-http2.ts',
      'http2-http2': 'servers/floor-http2-http2.ts',
      grpc: 'servers/floor-http2-http2.ts',
      websocket: 'servers/floor-websocket.ts',
    },
  },
  { name: 'postern-bare', servers: everywhere('servers/postern-bare.ts') },
  { name: 'postern-full', servers: everywhere('servers/postern-full.ts') },
  { name: 'routing-off', servers: everywhere('servers/routing-off.ts'), only: ['routing-features'] },
  { name: 'routing-on', servers: everywhere('servers/routing-on.ts'), only: ['routing-features'] },
  ...['propagation', 'log', 'all', 'sdk-0', 'sdk-1', 'sdk-100'].map((what) => ({
    name: `trace-${what}`,
    servers: everywhere(`servers/trace-${what}.ts`),
    only: ['trace-cost'],
  })),
  { name: 'postern-workers', servers: everywhere('servers/postern-workers.ts'), only: TOKENS },
  { name: 'postern-inline', servers: everywhere('servers/postern-inline.ts'), only: TOKENS },
  { name: 'fastify-jwt-http-proxy', servers: everywhere('servers/fastify-jwt-http-proxy.ts'), only: TOKENS },
  {
    name: 'fastify-http-proxy',
    servers: {
      ...everywhere('servers/fastify-http-proxy.ts'),
      grpc: lacks('it forwards no trailers'),
    },
  },
  {
    name: 'http-proxy-3',
    servers: {
      ...everywhere('servers/http-proxy-3.ts'),
      'http2-http2': lacks('its HTTP/2 upstreams need TLS'),
      grpc: lacks('its HTTP/2 upstreams need TLS'),
    },
  },
  {
    name: 'httpxy',
    servers: {
      ...everywhere('servers/httpxy.ts'),
      'http2-http1': lacks(
        'it opens an upstream connection per HTTP/2 request, and fails with an agent that keeps them',
      ),
      'http2-http2': lacks('it has no HTTP/2 upstream'),
      grpc: lacks('it has no HTTP/2 upstream'),
    },
  },
  {
    name: 'fast-proxy',
    servers: {
      ...everywhere('servers/fast-proxy.ts'),
      grpc: lacks('it forwards no trailers'),
      websocket: lacks('it forwards no upgrade'),
    },
  },
  {
    name: 'nginx',
    servers: {
      ...everywhere('servers/nginx.ts'),
      'http2-http2': lacks('its only HTTP/2 upstream is gRPC'),
    },
    missing: nginxMissing,
  },
]

/**
 * The contenders of those names in the order of the list, the floor always among them; all of them when no name is given.
 * @throws Error when a name is unknown; the message lists those that exist
 */
export function contendersNamed(names: readonly string[]): Contender[] {
  const unknown = names.find((name) => !contenders.some((contender) => contender.name === name))
  if (unknown !== undefined) {
    throw new Error(`no contender "${unknown}"; there are: ${contenders.map(({ name }) => name).join(', ')}`)
  }
  return contenders.filter(({ name }) => names.length === 0 || name === FLOOR || names.includes(name))
}

/** The file that starts a contender for a scenario, or why there is none. */
export function serverFor(contender: Contender, scenario: Scenario): string | Lack {
  const server = wantedServerFor(contender, scenario)
  const reason = typeof server === 'string' ? contender.missing?.() : undefined
  return reason === undefined ? server : lacks(reason)
}

/** The same for a machine on which every contender can run. */
export function wantedServerFor({ name, only, servers }: Contender, scenario: Scenario): string | Lack {
  const { between } = scenario
  if (name !== FLOOR && between !== undefined && !between.includes(name))
    return lacks(`it is not compared in ${scenario.name}`)
  if (only !== undefined && !only.includes(scenario.name)) return lacks(`it is for ${only.join(', ')}`)
  return servers[scenario.wire]
}

function nginxMissing(): string | undefined {
  if (process.platform !== 'linux') return 'its CPU time is read from /proc, which only Linux has'
  return onPath('nginx') ? undefined : 'there is no nginx on the PATH'
}
