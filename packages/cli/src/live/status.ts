/** How a gateway does between two looks at it. */
import type { Mode } from '@postern/core'
import type { Look } from './gateway-data.ts'
import {
  type Buckets,
  bucketsOf,
  bucketsSince,
  growth,
  quantileOf,
  type Sample,
  sumOf,
} from './metrics-text.ts'

/** A route, between the two looks. */
export interface RouteStatus {
  readonly route: string
  /** Service that names it; empty without one. */
  readonly service: string
  readonly perSecond: number
  /** Share of answers with a status from 500 on, 0 to 1; `undefined` where nothing tells. */
  readonly errorShare: number | undefined
  readonly p50Ms: number | undefined
  readonly p95Ms: number | undefined
  readonly p99Ms: number | undefined
  /** Mode of plugin-auth there; `undefined` without it. */
  readonly auth: Mode | undefined
  /** Share of requests that it refuses, or would in `enforce`, since the census began, 0 to 1. */
  readonly refusedShare: number | undefined
  /** State of its own circuit breaker; `undefined` without one. */
  readonly breaker: string | undefined
}

/** A service, at the second look. */
export interface ServiceStatus {
  readonly service: string
  readonly ready: boolean
  readonly panic: boolean
  readonly healthy: number
  readonly endpoints: number
  readonly inFlight: number
  /** State of its circuit breaker; `undefined` without one. */
  readonly breaker: string | undefined
  /** Endpoints that are not healthy: `http://10.0.0.1:80 ejected`. */
  readonly sick: readonly string[]
}

/** The whole. */
export interface GatewayStatus {
  readonly ready: boolean
  readonly reasons: readonly string[]
  readonly generation: number
  readonly since: string | undefined
  /** 0 in a single process. */
  readonly workers: number
  readonly perSecond: number
  readonly inFlight: number
  /** The gateway's own time per exchange. */
  readonly overheadP50Ms: number | undefined
  readonly overheadP99Ms: number | undefined
  /** Over how long rates and times were taken. */
  readonly overMs: number
  readonly routes: readonly RouteStatus[]
  readonly services: readonly ServiceStatus[]
}

const DURATION = 'http_server_request_duration_seconds'
const OVERHEAD = 'postern_gateway_overhead_seconds'
const AUTH = '@postern/plugin-auth'
/** The worst first. */
const PHASES = ['open', 'half-open', 'closed']

/** Puts it together. */
export function statusOf(before: Look, after: Look): GatewayStatus {
  const overMs = Math.max(1, after.atMs - before.atMs)
  const overhead = bucketsBetween(before, after, OVERHEAD)
  const exchanges = growth(
    sumOf(before.metrics, 'postern_exchanges_total'),
    sumOf(after.metrics, 'postern_exchanges_total'),
  )
  return {
    ready: after.readiness.ready,
    reasons: after.readiness.reasons,
    generation: after.generation.generation,
    since: after.generation.since,
    workers: after.generation.workers,
    perSecond: exchanges / (overMs / 1_000),
    inFlight: sumOf(after.metrics, 'postern_exchanges_active'),
    overheadP50Ms: inMs(quantileOf(overhead, 0.5)),
    overheadP99Ms: inMs(quantileOf(overhead, 0.99)),
    overMs,
    routes: after.routes
      .map((route) => routeStatus(route, before, after, overMs))
      .toSorted((a, b) => b.perSecond - a.perSecond),
    services: servicesOf(after),
  }
}

function routeStatus(
  { id, service, plugins }: Look['routes'][number],
  before: Look,
  after: Look,
  overMs: number,
): RouteStatus {
  const ofRoute = ({ http_route: name }: Sample['labels']): boolean => name === id
  const isError = (labels: Sample['labels']): boolean =>
    ofRoute(labels) && labels['http_response_status_code']?.startsWith('5') === true
  const count = (look: Look, fits: typeof ofRoute): number => sumOf(look.metrics, `${DURATION}_count`, fits)
  const requests = growth(count(before, ofRoute), count(after, ofRoute))
  const isTold = after.metrics.has(`${DURATION}_count`)
  const durations = bucketsBetween(before, after, DURATION, ofRoute)
  const breakers = after.targets.flatMap(
    (states) => states.find((state) => state.id === id)?.breaker?.state ?? [],
  )
  const calls = isTold ? requests : growth(requestsOf(before, id), requestsOf(after, id))
  return {
    route: id,
    service,
    perSecond: calls / (overMs / 1_000),
    errorShare: requests > 0 ? growth(count(before, isError), count(after, isError)) / requests : undefined,
    p50Ms: inMs(quantileOf(durations, 0.5)),
    p95Ms: inMs(quantileOf(durations, 0.95)),
    p99Ms: inMs(quantileOf(durations, 0.99)),
    auth: plugins.find(({ name }) => name === AUTH)?.mode,
    refusedShare: refusedOn(id, after),
    breaker: worst(breakers),
  }
}

/** Requests of which something was sent, by plugin-routing: what is known without figures of plugin-trace. */
function requestsOf({ targets }: Look, route: string): number {
  return targets.reduce((sum, states) => sum + (states.find(({ id }) => id === route)?.requests ?? 0), 0)
}

function refusedOn(route: string, { census }: Look): number | undefined {
  const shares = census.flatMap(({ byRoute }) => byRoute.find(({ name }) => name === route) ?? [])
  const requests = shares.reduce((sum, one) => sum + one.requests, 0)
  const refusals = shares.reduce((sum, one) => sum + one.refusals, 0)
  return requests === 0 ? undefined : refusals / requests
}

function bucketsBetween(
  before: Look,
  after: Look,
  name: string,
  fits: (labels: Sample['labels']) => boolean = () => true,
): Buckets {
  return bucketsSince(bucketsOf(before.metrics, name, fits), bucketsOf(after.metrics, name, fits))
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000
}

function worst(phases: readonly string[]): string | undefined {
  return PHASES.find((phase) => phases.includes(phase))
}

/** Workers judge the same endpoints apart: the worst counts, and what runs is added up. */
function servicesOf({ services }: Look): ServiceStatus[] {
  const byName = Map.groupBy(services.flat(), ({ name }) => name)
  return [...byName].map(([service, states]) => {
    const endpoints = Map.groupBy(
      states.flatMap((state) => state.endpoints),
      ({ url, address }) => (address === '' ? url : `${url} at ${address}`),
    )
    const sick = [...endpoints].flatMap(([url, some]) => {
      const state = some.find((one) => one.state !== 'healthy')?.state
      return state === undefined ? [] : [`${url} ${state}`]
    })
    return {
      service,
      ready: states.every(({ ready }) => ready),
      panic: states.some(({ panic }) => panic),
      healthy: endpoints.size - sick.length,
      endpoints: endpoints.size,
      inFlight: [...endpoints.values()].flat().reduce((sum, one) => sum + one.inFlight, 0),
      breaker: worst(states.flatMap(({ breaker }) => breaker?.state ?? [])),
      sick,
    }
  })
}
