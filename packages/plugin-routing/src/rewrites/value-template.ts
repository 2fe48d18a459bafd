import { suggestKey } from '@postern/core'
import { rawValueOf } from '../path-parameters.ts'
import { invalidOption } from '../problems.ts'
import type { PathParameter } from '../table/match.ts'

/** A value with parameters of the path in it: literal text, and after each but the last a parameter. */
export interface ValueTemplate {
  readonly literals: readonly string[]
  readonly parameters: readonly PathParameter[]
}

const PARAMETER = /\{([A-Za-z_]\w*)\*?\}/

/**
 * Reads a value. Braces that hold no name are literal.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a parameter that the route's path does not have.
 */
export function readValue(
  given: string,
  parameters: readonly PathParameter[],
  at: readonly PropertyKey[],
): ValueTemplate {
  // `split` by an expression with a group: every second piece is a name.
  const pieces = given.split(PARAMETER)
  return {
    literals: pieces.filter((_, index) => index % 2 === 0),
    parameters: pieces
      .filter((_, index) => index % 2 === 1)
      .map((name) => parameterNamed(name, parameters, at)),
  }
}

/**
 * The parameter of that name.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when the route's path has none.
 */
export function parameterNamed(
  name: string,
  parameters: readonly PathParameter[],
  at: readonly PropertyKey[],
): PathParameter {
  const found = parameters.find((one) => one.name === name)
  if (found) return found
  const known = parameters.map((one) => one.name)
  const meant = suggestKey(name, known)
  const hint = meant === undefined ? `here: ${known.join(', ') || 'none'}` : `did you mean {${meant}}?`
  throw invalidOption(at, `{${name}}`, `a parameter of match.pathPattern (${hint})`)
}

/** The value for one path. Parameters stand as in the path: printable ASCII, so no value can end a line. */
export function fillValue(
  { literals, parameters }: ValueTemplate,
  path: string,
  encode: (raw: string) => string = asItIs,
): string {
  let value = literals[0] as string
  for (const [index, parameter] of parameters.entries())
    value += encode(rawValueOf(parameter, path)) + literals[index + 1]
  return value
}

function asItIs(raw: string): string {
  return raw
}
