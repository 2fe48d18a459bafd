import type { Answer } from './answer.ts'

/** Asks the scenario's question once. Rejects when no answer comes. */
export type Ask = () => Promise<Answer>

/** Connections, and what to ask on them. */
export interface Clients {
  /** One per question that may be open at once. */
  readonly lanes: readonly Ask[]
  readonly close: () => void
}

/** How many connections to open, and how many questions each may have open at once. */
export interface Size {
  readonly connections: number
  readonly streams: number
}

/** The lanes of all connections. */
export function lanesOn<Connection>(
  connections: readonly Connection[],
  streams: number,
  ask: (connection: Connection) => Promise<Answer>,
): Ask[] {
  return connections.flatMap((connection) => Array.from({ length: streams }, () => () => ask(connection)))
}
