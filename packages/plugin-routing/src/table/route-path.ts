/** Paths as options write them, brought to the form in which the gateway hands over the paths of requests. */
import { isGatewayError, normalisePath } from '@postern/core'
import type { PathMatch, PathParameter } from './match.ts'

/** What is wrong with a path, in words. */
interface PathProblem {
  readonly problem: string
}

/** A segment that is a parameter: `{id}`, or `{rest*}`. */
const PARAMETER = /^\{([A-Za-z_]\w*)(\*?)\}$/

/** Stands for a parameter while the rest of a pattern is normalised: a segment that stays as it is. */
const ANY_SEGMENT = 'x'

/**
 * Normalises a path of a route as requests are normalised. What a team may allow by an option of the gateway (an encoded
 * slash) is allowed here: then it can match.
 */
export function parseRoutePath(given: string): { readonly path: string } | PathProblem {
  if (/[?#]/.test(given)) return { problem: 'it has a query or a fragment, which no path contains' }
  try {
    return { path: normalisePath(given, { encodedSlash: 'keep' }) }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return { problem: error.message }
  }
}

/** Reads a prefix. A slash at its end means nothing: `/orders/` is `/orders`. */
export function parsePrefix(given: string): PathMatch | PathProblem {
  const parsed = parseRoutePath(given)
  if ('problem' in parsed) return parsed
  const segments = segmentsOf(parsed.path)
  if (segments.at(-1) === '') segments.pop()
  return { segments, whole: false, parameters: [] }
}

/** Reads a whole path. */
export function parseExactPath(given: string): PathMatch | PathProblem {
  const parsed = parseRoutePath(given)
  return 'problem' in parsed ? parsed : { segments: segmentsOf(parsed.path), whole: true, parameters: [] }
}

/** Reads a path with parameters. */
export function parsePathPattern(given: string): PathMatch | PathProblem {
  const parts = given.split('/')
  const found = parts.map((part) => PARAMETER.exec(part))
  const literal = parts.map((part, index) => (found[index] ? ANY_SEGMENT : part)).join('/')
  if (/[{}]/.test(literal))
    return {
      problem: 'a parameter is a whole segment: a name in braces, such as {id}; only the last may be {rest*}',
    }
  const parsed = parseRoutePath(literal)
  if ('problem' in parsed) return parsed

  // Normalising keeps the number of segments: what would change it is refused. The part before the first slash is none.
  const segments: (string | null)[] = segmentsOf(parsed.path)
  const parameters: PathParameter[] = []
  for (const [segment, match] of found.slice(1).entries()) {
    if (!match) continue
    const [, name = '', star] = match
    const rest = star === '*'
    if (parameters.some((other) => other.name === name)) return { problem: `it has two parameters {${name}}` }
    if (rest && segment < segments.length - 1) return { problem: `{${name}*} is not its last segment` }
    parameters.push({ name, segment, rest })
    segments[segment] = null
  }
  if (parameters.length === 0) return { problem: 'it has no parameter: give it as exactPath' }
  const whole = parameters.at(-1)?.rest !== true
  return { segments: whole ? segments : segments.slice(0, -1), whole, parameters }
}

/** A prefix of literal segments as text, empty for none. */
export function pathText(segments: PathMatch['segments']): string {
  return segments.map((segment) => `/${segment}`).join('')
}

/** A path in words: `/orders/*` for a prefix, `/orders/{id}`, `/files/{path*}`. */
export function describePath({ segments, whole, parameters }: PathMatch): string {
  const parts = segments.map(
    (segment, index) => segment ?? `{${parameters.find((parameter) => parameter.segment === index)?.name}}`,
  )
  const rest = parameters.find((parameter) => parameter.rest)
  if (!whole) parts.push(rest ? `{${rest.name}*}` : '*')
  return `/${parts.join('/')}`
}

function segmentsOf(path: string): string[] {
  return path.slice(1).split('/')
}
