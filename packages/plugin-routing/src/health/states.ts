/** The state of services as plain data, for whoever asks. */

import type { Member } from '../balancing/member.ts'
import type { BreakerState } from '../breaker/breaker.ts'
import type { DiscoveryState } from '../discovery/watched-endpoints.ts'
import type { RetryBudgetState } from '../retries/budget.ts'

/**
 * What is known of an endpoint. `healthy`: it gets traffic. `ejected`: its exchanges failed, and it is passed over. `probing`: one
 * exchange is let through to see whether it is back. `unhealthy`: its health checks fail. `draining`: it gets nothing new, because
 * its weight is 0, or its service has it no more; in the second case it is shown until nothing runs there.
 */
export type EndpointCondition = 'healthy' | 'ejected' | 'probing' | 'unhealthy' | 'draining'

/** An endpoint, at the time of asking. */
export interface EndpointState {
  /** Its URL. Several unix sockets, or the addresses that a name stands for, may share one. */
  readonly url: string
  /** The IP address that its name was resolved to; empty where that is left to the connection. */
  readonly address: string
  /** What is known of it. In a panic it gets traffic in any case. */
  readonly state: EndpointCondition
  /** How long it is still passed over, in milliseconds; 0 when its time is over, and an exchange is waited for. */
  readonly ejectedForMs: number
  /** Failures since its last success. */
  readonly consecutiveFailures: number
  /** Exchanges that run there, for all routes. */
  readonly inFlight: number
  /** Its weight as configured; 0 while it drains. */
  readonly weight: number
  /** The weight that counted at the last choice: less during its slow start. */
  readonly currentWeight: number
  /** How long the gateway has known its address, in milliseconds. */
  readonly knownForMs: number
  /** Its zone; `undefined` without one. */
  readonly zone: string | undefined
}

/** A service, at the time of asking. */
export interface ServiceState extends ServiceHealthState {
  /** Its circuit breaker; `null` without one. */
  readonly breaker: BreakerState | null
  /** What may be repeated of its requests. */
  readonly retryBudget: RetryBudgetState
}

/** Health checks of a service's endpoints. */
export interface HealthCheckCounts {
  /** Those that were answered as they should be. */
  passed: number
  /** All others. */
  failed: number
}

/** What was counted of a service's endpoints, since a gateway with the service was started. */
export interface HealthCounts {
  /** How often an endpoint was ejected, each time in a row counted. */
  readonly ejections: number
  /** Health checks; zeros without any. */
  readonly checks: Readonly<HealthCheckCounts>
}

/** A service without what stands before it. */
export interface ServiceHealthState extends HealthCounts {
  /** Its name. */
  readonly name: string
  /** Whether it has an endpoint that is healthy, or is the host's own handler (`inProcess`). */
  readonly ready: boolean
  /** Whether so few are that sick ones are used as well. */
  readonly panic: boolean
  /** Where its endpoints are found; `null` where the options list them. */
  readonly discovery: DiscoveryState | null
  /** Its endpoints, first those that may get traffic. When all have weight 0, all may, with equal weights. */
  readonly endpoints: readonly EndpointState[]
}

/** What is known of an endpoint whose exchanges eject it, or do not, and that is sick or not. */
export function conditionOf({ health }: Member, isEjecting: boolean, isSick: boolean): EndpointCondition {
  if (isEjecting && health.ejectedUntilMs > 0) return health.probe === null ? 'ejected' : 'probing'
  return isSick ? 'unhealthy' : 'healthy'
}

/** The state of an endpoint as plain data. */
export function stateOf(
  { endpoint, health, fullWeight, weight, zone }: Member,
  state: EndpointCondition,
  nowMs: number,
): EndpointState {
  const { consecutiveFailures, ejectedUntilMs } = health
  const ejectedForMs = state === 'ejected' ? Math.max(0, ejectedUntilMs - nowMs) : 0
  const { url, address, inFlight, sinceMs } = endpoint
  return {
    url,
    address,
    state,
    ejectedForMs,
    consecutiveFailures,
    inFlight,
    weight: fullWeight,
    currentWeight: weight,
    knownForMs: nowMs - sinceMs,
    zone,
  }
}
