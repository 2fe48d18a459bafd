/** A kind of traffic: it sends something, knows what must happen, and says how it went. */
import type { Agent } from 'node:http'
import type { Random } from '../shared/random.ts'

/** How a request went: what was asked for came, or the error that had to come did. */
export type Outcome = 'right' | 'rightError'

/** What one run of a kind gets. */
export interface Case {
  /** Unique in a run; part of the target and of every body byte. */
  readonly id: string
  /** Decides everything about the case. */
  readonly random: Random
  /** Aborts when the case had its time: it then counts as lost. */
  readonly signal: AbortSignal
  /** Where to send it. */
  readonly targets: Targets
  /** Connections that are kept for reuse. */
  readonly agent: Agent
}

/** Names of HTTP services that a target can be asked for. */
export type ServiceName = 'steady' | 'slow' | 'flaky' | 'refused' | 'h2'

/** The addresses of what is tried: through a gateway, or an upstream itself. */
export interface Targets {
  /** Base address of a service: what follows starts with a slash. */
  http(service: ServiceName): string
  /** `host:port` of the gRPC service. */
  readonly grpc: string
}

/** One kind of traffic. */
export interface Kind {
  /** What `--kinds` calls it. */
  readonly name: string
  /** How much of it there is, compared with the others. */
  readonly weight: number
  /**
   * Runs one case.
   * @throws {WrongOutcome} when something else happened than had to.
   */
  run(given: Case): Promise<Outcome>
}

/** What happened was not what had to happen. */
export class WrongOutcome extends Error {
  override readonly name = 'WrongOutcome'
}

/** @throws {WrongOutcome} unless the condition holds. */
export function must(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new WrongOutcome(otherwise)
}
