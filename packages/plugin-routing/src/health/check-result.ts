import type { PluginResponse } from '@postern/core'
import type { ActiveHealthOptions } from '../options/health-options.ts'

/** How much of the body of an answer is looked at. */
export const CHECKED_BODY_BYTES = 65_536

/** What a check found wrong with an answer, in words for a log line; `undefined` when it is as expected. */
export function faultOf(
  { status, body }: Pick<PluginResponse, 'status' | 'body'>,
  { expectStatus, expectBody }: Pick<ActiveHealthOptions, 'expectStatus' | 'expectBody'>,
): string | undefined {
  const isExpected =
    expectStatus === undefined
      ? status >= 200 && status <= 299
      : typeof expectStatus === 'number'
        ? status === expectStatus
        : expectStatus.includes(status)
  if (!isExpected) return `status ${status}`
  if (expectBody === undefined || Buffer.from(body).toString().includes(expectBody)) return undefined
  return 'a body without the expected text'
}
