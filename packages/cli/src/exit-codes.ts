/**
 * What the exit code of `gw` says. Scripts and service managers act on it, so a number never changes its
 * meaning.
 */
export const EXIT: {
  /** Done: the gateway drained and stopped, or `gw check` found nothing wrong. */
  readonly ok: 0
  /**
   * It was asked rightly and failed: the port is taken, a drain was cut short, `gw check` found something
   * wrong, `gw trace` did not find the trace or found a service that drops traces.
   */
  readonly failed: 1
  /**
   * It cannot start as asked: an unknown command or option, no configuration file, or one that is not valid.
   */
  readonly usage: 2
} = Object.freeze({ ok: 0, failed: 1, usage: 2 })

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
