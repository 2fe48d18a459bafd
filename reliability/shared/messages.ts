/** How a process of ours and the one that started it talk. */

/** A question. */
export interface ToChild {
  readonly id: number
  readonly question: string
  readonly data: unknown
}

/** An answer, or something that happened. */
export type FromChild =
  | { readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly event: unknown }
