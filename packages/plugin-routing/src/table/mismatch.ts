/** Why a request does not fit a route: the first thing, in the order of precedence, in words. */
import { type Condition, holds, type Match, type PathMatch } from './match.ts'
import { type HostPattern, hostName, MAX_NAME_LENGTH } from './match-host.ts'
import { type MatchedRequest, RequestValues } from './request-values.ts'
import { describePath } from './route-path.ts'

/** What a request lacks to fit a route. */
export interface Mismatch {
  /** What the route asks for and the request does not have. */
  readonly by: 'host' | 'path' | 'method' | 'header' | 'query'
  /** In words. It repeats what the route asks for, never what the request has: that may be a secret. */
  readonly why: string
}

/** The first thing that a request lacks, or `undefined` when it fits. */
export function mismatchOf(match: Match, request: MatchedRequest): Mismatch | undefined {
  const { host, path, methods, headers, query } = match
  if (host && !hostFits(host, hostName(request.authority)))
    return { by: 'host', why: `the host is not ${host.kind === 'suffix' ? 'below ' : ''}${host.name}` }
  if (!pathFits(path, request.path)) return { by: 'path', why: `the path is not ${describePath(path)}` }
  if (methods && !methods.includes(request.method))
    return { by: 'method', why: `the method is not ${methods.join(' or ')}` }
  const values = new RequestValues(request)
  const header = headers.find((condition) => !holds(condition, values.header(condition.name)))
  if (header)
    return { by: 'header', why: `the header ${header.name} ${lack(header, values.header(header.name))}` }
  const parameter = query.find((condition) => !holds(condition, values.query(condition.name)))
  if (parameter)
    return {
      by: 'query',
      why: `the query parameter ${parameter.name} ${lack(parameter, values.query(parameter.name))}`,
    }
  return undefined
}

function hostFits({ kind, name: pattern }: HostPattern, name: string): boolean {
  return kind === 'exact' ? name === pattern : name.length <= MAX_NAME_LENGTH && name.endsWith(`.${pattern}`)
}

function pathFits({ segments, whole }: PathMatch, path: string): boolean {
  const found = path.slice(1).split('/')
  if (whole ? found.length !== segments.length : found.length < segments.length) return false
  return segments.every((segment, index) =>
    segment === null ? found[index] !== '' : found[index] === segment,
  )
}

function lack({ value, exact }: Condition, found: string | undefined): string {
  if (found === undefined) return 'is missing'
  return exact ? `is not ${JSON.stringify(value)}` : `does not start with ${JSON.stringify(value)}`
}
