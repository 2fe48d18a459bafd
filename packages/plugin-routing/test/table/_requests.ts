import type { RouteMatch } from '../../src/options/match-options.ts'
import { compileTable } from '../../src/table/compile.ts'
import { readMatch } from '../../src/table/read-match.ts'
import type { MatchedRequest } from '../../src/table/request-values.ts'

/** A request as an exchange would show it: `GET host/path?query`, and header lines `name: value`. */
export function requestOf(line: string, ...headers: readonly string[]): MatchedRequest {
  const [method = '', url = ''] = line.split(' ')
  const [, authority = '', path = '', query = ''] = /^([^/*]*)([^?]*)(.*)$/s.exec(url) ?? []
  const requestHeaders = headers.flatMap((header) => {
    const colon = header.indexOf(': ')
    return [header.slice(0, colon), header.slice(colon + 2)]
  })
  return { method, authority, path, query, requestHeaders }
}

/** A compiled table of routes by name. `find` gives the name of the route that a request goes to. */
export function tableOf(matches: Readonly<Record<string, RouteMatch>>) {
  const rules = Object.entries(matches).map(([id, match]) => ({
    match: readMatch(match, ['match']),
    target: { id },
  }))
  const table = compileTable(rules)
  return { find: (request: MatchedRequest): string | undefined => table.find(request)?.id }
}
