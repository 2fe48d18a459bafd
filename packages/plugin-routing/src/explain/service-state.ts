import type { Service } from '../service.ts'

/** An endpoint as it stands now. */
export interface EndpointState {
  /** Its address, as configured. */
  readonly url: string
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
  /** For how long it is still passed over, since no connection to it could be made, in milliseconds; 0 when it is not. */
  readonly ejectedForMs: number
}

/** A service as it stands now. */
export interface ServiceState {
  /** Its name. */
  readonly name: string
  /** Its endpoints that get traffic. */
  readonly endpoints: readonly EndpointState[]
}

/** @param nowMs on the clock of `performance.now()`. */
export function stateOf({ name, members }: Service, nowMs: number): ServiceState {
  const endpoints = members.map(({ endpoint, zone, fullWeight, weight, ejectedUntilMs }) => ({
    url: endpoint.url,
    zone,
    weight: fullWeight,
    currentWeight: weight,
    inFlight: endpoint.inFlight,
    knownForMs: nowMs - endpoint.sinceMs,
    ejectedForMs: Math.max(0, ejectedUntilMs - nowMs),
  }))
  return { name, endpoints }
}
