import { type CensusContext, type DraftOptions, draftPolicy, type PolicyDraft } from './draft-policy.ts'
import { type AuthReport, reportOf } from './report.ts'
import { type CensusRow, CensusRows, type Sighting } from './rows.ts'

/** What `authCensus` takes. */
export interface AuthCensusOptions {
  /**
   * How many rows are kept, one for each caller, route, form of credentials and outcome. What finds no room is counted
   * without its caller; callers that nobody verified leave a quarter of the room to the others. Default: 10000.
   */
  readonly maxRows?: number | undefined
  /** Names of headers with API keys, beside the well-known ones such as `x-api-key`. Default: none. */
  readonly apiKeyHeaders?: readonly string[] | undefined
  /** Gives the Unix time in milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/**
 * Who calls what with which credentials, and who would be refused. The host makes one with `authCensus()` and gives it to
 * `auth({ census })`; it outlives reloads. **It holds names of callers, never credentials.**
 */
export interface AuthCensus {
  /** Who is refused, or would be in `enforce`: counted in every mode but `off`. */
  report(): AuthReport
  /** Which credentials arrive, from whom and where, those with the most requests first. */
  census(): readonly CensusRow[]
  /**
   * Writes a policy that accepts what is valid today, and says which callers to fix first.
   * @throws {Error} before a gateway ran with this census.
   */
  draftPolicy(options?: DraftOptions): PolicyDraft
  /** Forgets everything and begins anew, as after a change of the policy. */
  clear(): void
  /** For the plugin: names of headers with API keys, beside the well-known ones. */
  readonly apiKeyHeaders: readonly string[]
  /** For the plugin: what it is set to, until the function that it gives back is called. */
  attach(context: CensusContext): () => void
  /** For the plugin: counts one request. */
  record(sighting: Sighting): void
}

/** Default of `AuthCensusOptions.maxRows`. */
const DEFAULT_MAX_ROWS = 10_000

/**
 * Makes a census.
 *
 * @example
 * const census = authCensus()
 * createGateway([auth({ census }, { mode: 'observe' })], { upstream: 'http://127.0.0.1:3000' })
 * for (const { caller, route, credentials } of census.census()) console.log(caller, route, credentials.kinds)
 * @throws {RangeError} when `maxRows` is not a whole number above 0.
 */
export function authCensus({
  maxRows = DEFAULT_MAX_ROWS,
  apiKeyHeaders = [],
  now = Date.now,
}: AuthCensusOptions = {}): AuthCensus {
  if (!Number.isSafeInteger(maxRows) || maxRows < 1)
    throw new RangeError(`maxRows is ${maxRows}. It must be a whole number above 0`)
  const rows = new CensusRows(maxRows)
  let sinceMs = now()
  const attached = new Set<CensusContext>()
  let last: CensusContext | undefined
  return {
    apiKeyHeaders,
    report: () => reportOf(rows.read(), sinceMs),
    census: () => rows.read(),
    draftPolicy(options = {}) {
      // A reload that fails takes its generation away again, and the one before is the last.
      const context = [...attached].at(-1) ?? last
      if (!context) throw new Error('No gateway ran with this census: give it to auth({ census, … })')
      return draftPolicy(rows.read(), context, options)
    },
    clear() {
      rows.clear()
      sinceMs = now()
    },
    attach(context) {
      attached.add(context)
      return () => {
        attached.delete(context)
        if (attached.size === 0) last = context
      }
    },
    record: (sighting) => rows.add(sighting, now()),
  }
}
