/** How long and how often a scenario is measured. */
export interface Pace {
  readonly rounds: number
  /** Length of one measured window. */
  readonly seconds: number
  /** Load on each contender before the first round. */
  readonly warmUpSeconds: number
  /** Load before each window, in which connections open and caches settle. */
  readonly settleSeconds: number
}

/** Starting and proving a contender, and what the end of a window costs. */
const START_SECONDS = 1
const PAUSE_SECONDS = 0.1

/** How often `race` reports a step. */
export function stepsOf(contenders: number, pace: Pace): number {
  return contenders * (pace.rounds + 1)
}

/** About how long so many contenders take, over all scenarios. */
export function durationSeconds(
  contenders: number,
  { rounds, seconds, warmUpSeconds, settleSeconds }: Pace,
): number {
  const around = settleSeconds + PAUSE_SECONDS
  return contenders * (START_SECONDS + warmUpSeconds + around + rounds * (seconds + around))
}

/** A duration as people say it: whole minutes, or seconds below two of them. */
export function spoken(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} minutes`
}
