/** Answers of a proxy, or of a service that cannot serve now: another endpoint may do better. */
export const GATEWAY_ERRORS: readonly number[] = [502, 503, 504]

/** Which statuses are failures, as options name them. */
export type FailedStatuses = 'gateway-error' | '5xx'

/** Whether an answer with this status is a failure. */
export function isFailedStatus(status: number, statuses: FailedStatuses): boolean {
  return statuses === '5xx' ? status >= 500 : GATEWAY_ERRORS.includes(status)
}
