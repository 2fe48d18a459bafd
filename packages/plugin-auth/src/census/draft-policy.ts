import type { AuthOptions, AuthRouteOptions } from '../options.ts'
import type { ResolvedJwtIssuerOptions } from '../verify/jwt-options.ts'
import { type CallerToFix, callersToFix, callersToWatch } from './advice.ts'
import { draftIssuers, issuerNotes, type UnknownIssuer, unknownIssuers } from './draft-issuers.ts'
import { draftRoute } from './draft-route.ts'
import type { CensusRow } from './rows.ts'

/** What the plugin that fills the census is set to. */
export interface CensusContext {
  /** Issuers of tokens. */
  readonly jwt: readonly ResolvedJwtIssuerOptions[]
  /** What it takes on each route that is not public, by id. */
  readonly routes: ReadonlyMap<string, AuthRouteOptions>
}

/** What `draftPolicy` takes. */
export interface DraftOptions {
  /**
   * Whether only callers that were seen are to pass on a route. A caller that comes once a month was perhaps not seen.
   * Default: `false`.
   */
  readonly callers?: boolean | undefined
}

/** A policy that accepts what is valid today, as plain data. Read it before you use it. */
export interface PolicyDraft {
  /** For `auth()`: replaces the option `jwt`; all others stay as they are. */
  readonly options: Required<Pick<AuthOptions, 'jwt'>>
  /** What the plugin takes on each route that had traffic, by id: goes under `plugins.auth` of the route. */
  readonly routes: Readonly<Record<string, AuthRouteOptions>>
  /** Callers that would be refused by their own fault, those with the most traffic first. */
  readonly fixFirst: readonly CallerToFix[]
  /** Callers that pass with credentials that are better replaced, those with the most traffic first. */
  readonly watch: readonly CallerToFix[]
  /** Issuers whose tokens arrive and that are not configured. **Anybody can write a name into a token**: add those you know. */
  readonly unknownIssuers: readonly UnknownIssuer[]
  /** What the draft leaves to its reader, in words. */
  readonly notes: readonly string[]
}

/** Writes a policy from what was seen. */
export function draftPolicy(
  rows: readonly CensusRow[],
  { jwt, routes }: CensusContext,
  { callers = false }: DraftOptions,
): PolicyDraft {
  const valid = rows.filter((row) => row.reason === '')
  const checked = valid.filter((row) => row.basis === 'checked')
  // Of a request without a room of its own nobody knows the route any more: each may have had it.
  const isComplete = rows.every((row) => row.route !== '')
  const drafts = [...routes]
    .filter(([id]) => rows.some((row) => row.route === id))
    .map(([id, current]) => {
      const own = isComplete ? checked.filter((row) => row.route === id) : []
      return [id, draftRoute(current, own, jwt.length, callers)] as const
    })
  return {
    options: { jwt: draftIssuers(valid, jwt) },
    routes: Object.fromEntries(drafts),
    fixFirst: callersToFix(rows),
    watch: callersToWatch(rows),
    unknownIssuers: unknownIssuers(rows, jwt),
    notes: [
      ...issuerNotes(valid, jwt),
      ...[...routes]
        .filter(([, current]) => current.check)
        .map(([id]) => `Route "${id}" has a check in code, which is not repeated. Keep it.`),
      ...(checked.length === 0 ? ['Nothing was checked yet: run in shadow before you narrow a route.'] : []),
      ...(isComplete
        ? []
        : ['The census was full and does not know the routes of some requests. Routes are as they were.']),
    ],
  }
}
