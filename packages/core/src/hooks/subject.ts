import type { Exchange, Verdict } from '../exchange.ts'

/** An exchange as the hooks need it: what taps see, and what core keeps beside it. */
export interface HookSubject extends Exchange {
  /** A place in 0…100, the same in every hook of the exchange. */
  readonly dice: number
  /** Has a function called when the client goes away while a tap is waited for; `null` ends that. */
  whenAborted(listener: (() => void) | null): void
  /**
   * When the last tap that may wait was called, on the clock of `performance.now()`. One runs at a time, so a guard's verdict
   * counts from here: its time is measured with the clock that its account read already.
   */
  tapStartedMs: number
  /** Records a guard's verdict. */
  addVerdict(verdict: Verdict): void
}
