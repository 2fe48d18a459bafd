import type { Outcomes } from '../counts/auth-counts.ts'
import { isRejection, type Scheme } from './scheme.ts'
import { WatchedScheme } from './watched-scheme.ts'

/** A scheme whose answers are counted. Credentials of another kind are none of its business, and no answer. */
export function countedScheme(scheme: Scheme, outcomes: Outcomes): Scheme {
  return new WatchedScheme(scheme, (answer) => {
    if (answer !== undefined) outcomes.add(isRejection(answer) ? answer.code : 'ok')
    return answer
  })
}
