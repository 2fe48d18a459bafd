import { type Rejection, rejection } from '../rejection.ts'
import type { SchemeAnswer } from '../schemes/scheme.ts'

const OTHER_METHOD: Rejection = rejection(
  'GW_AUTH_TOKEN_INVALID',
  'The token was made for a request with another method (claim htm).',
)

/** Refuses a token that says which method it was made for, as internal tokens of a gateway do, on a request with another. */
export function boundToMethod(answer: SchemeAnswer, method: string): SchemeAnswer {
  if (answer === undefined || 'code' in answer) return answer
  const bound = answer.principal.claims['htm']
  return bound === undefined || bound === method ? answer : OTHER_METHOD
}
