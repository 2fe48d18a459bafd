/** The header by which the recorded request and the guard's report of it find each other. */
export const MARK = 'x-seen'

/** What a guard saw of one exchange that was forwarded. Bodies pass it by: of them it knows the length. */
export interface Sighting {
  /** Of the exchange; also the value of `MARK`. */
  readonly id: string
  readonly method: string
  /** Path as routes and guards see it, and query. */
  readonly target: string
  /** Flat, as handed to the upstream leg. */
  readonly headers: readonly string[]
  /** -1 until the exchange is over. */
  readonly bodyBytes: number
}
