/** The state of services as plain data, for whoever asks. */
import type { Member } from '../balancing/member.ts'

/**
 * What is known of an endpoint. `healthy`: it gets traffic. `ejected`: its exchanges failed, and it is passed over. `probing`: one
 * exchange is let through to see whether it is back. `unhealthy`: its health checks fail.
 */
export type EndpointCondition = 'healthy' | 'ejected' | 'probing' | 'unhealthy'

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
  /** Its weight now: less than given during its slow start. */
  readonly weight: number
  /** Its zone; `undefined` without one. */
  readonly zone: string | undefined
}

/** A service, at the time of asking. */
export interface ServiceState {
  /** Its name. */
  readonly name: string
  /** Whether it has an endpoint that is healthy. */
  readonly ready: boolean
  /** Whether so few are that all are used. */
  readonly panic: boolean
  /** Its endpoints that may get traffic. Those of weight 0 are left out, unless all have it. */
  readonly endpoints: readonly EndpointState[]
}

/** What is asked for the state of services. Made by `serviceStates`. */
export interface ServiceStates {
  /** All services of the running configuration; none before the start and after the end. */
  services(): readonly ServiceState[]
}

/** The state of an endpoint as plain data. */
export function stateOf(
  { endpoint, health, weight, zone }: Member,
  state: EndpointCondition,
  nowMs: number,
): EndpointState {
  const { consecutiveFailures, ejectedUntilMs } = health
  const ejectedForMs = state === 'ejected' ? Math.max(0, ejectedUntilMs - nowMs) : 0
  const { url, address, inFlight } = endpoint
  return { url, address, state, ejectedForMs, consecutiveFailures, inFlight, weight, zone }
}

/** Something whose state can be told. */
interface Stateful {
  state(): ServiceState
}

/** What `serviceStates` makes. The plugin knows it by its class. */
export class LiveStates implements ServiceStates {
  /** One for each generation, the newest last. */
  readonly #generations: Iterable<Stateful>[] = []

  /** From now on these are asked. */
  show(services: Iterable<Stateful>): void {
    this.#generations.push(services)
  }

  /** These are asked no more; those before them are again. */
  hide(services: Iterable<Stateful>): void {
    const at = this.#generations.indexOf(services)
    if (at !== -1) this.#generations.splice(at, 1)
  }

  services(): readonly ServiceState[] {
    return Array.from(this.#generations.at(-1) ?? [], (service) => service.state())
  }
}

/**
 * Makes what tells the state of services. The host owns it and gives it to every configuration, so it goes on over reloads.
 *
 * @example
 * const states = serviceStates()
 * createGateway([routing({ states, services, routes })])
 * for (const { name, ready } of states.services()) console.log(name, ready)
 */
export function serviceStates(): ServiceStates {
  return new LiveStates()
}
