import type { Member } from '../balancing/member.ts'
import type { Health } from '../health/health.ts'

/**
 * What is known of an endpoint. `healthy`: it gets traffic. `ejected`: its exchanges failed, and it is passed over. `probing`: one
 * exchange is let through to see whether it is back. `unhealthy`: its health checks fail.
 */
export type EndpointCondition = 'healthy' | 'ejected' | 'probing' | 'unhealthy'

/** An endpoint as it stands now. */
export interface EndpointState {
  /** Its address, as configured. */
  readonly url: string
  /** The IP address that its name was resolved to; empty where that is left to the connection. */
  readonly address: string
  /** What is known of its health. In a panic it gets traffic in any case. */
  readonly state: EndpointCondition
  /** Its zone; `undefined` without one. */
  readonly zone: string | undefined
  /** Its weight as configured. */
  readonly weight: number
  /** The weight that counted at the last choice: less during its slow start. */
  readonly currentWeight: number
  /** Attempts that run on it. */
  readonly inFlight: number
  /** How long the gateway has known its address, in milliseconds. */
  readonly knownForMs: number
  /** For how long it is still passed over, in milliseconds; 0 when it is not, or an exchange to be let through is waited for. */
  readonly ejectedForMs: number
  /** Failures since its last success. */
  readonly consecutiveFailures: number
}

/** A service as it stands now. */
export interface ServiceState {
  /** Its name. */
  readonly name: string
  /** Whether it has an endpoint that is healthy. */
  readonly ready: boolean
  /** Whether so few are healthy that all are used. */
  readonly panic: boolean
  /** Its endpoints that get traffic. */
  readonly endpoints: readonly EndpointState[]
}

/** @param nowMs on the clock of `performance.now()`. */
export function stateOf(
  name: string,
  members: readonly Member[],
  health: Health,
  nowMs: number,
): ServiceState {
  const endpoints = members.map((member) => endpointState(member, health.conditionOf(member), nowMs))
  const ready = endpoints.some(({ state }) => state === 'healthy')
  return { name, ready, panic: health.isPanic, endpoints }
}

function endpointState(
  { endpoint, health, fullWeight, weight, zone }: Member,
  state: EndpointCondition,
  nowMs: number,
): EndpointState {
  return {
    url: endpoint.url,
    address: endpoint.address,
    state,
    zone,
    weight: fullWeight,
    currentWeight: weight,
    inFlight: endpoint.inFlight,
    knownForMs: nowMs - endpoint.sinceMs,
    ejectedForMs: state === 'ejected' ? Math.max(0, health.ejectedUntilMs - nowMs) : 0,
    consecutiveFailures: health.consecutiveFailures,
  }
}
