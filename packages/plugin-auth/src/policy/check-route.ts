import type { Mode } from '@postern/core'
import type { AuthRouteOptions } from '../options.ts'
import { invalidOptions } from '../problems.ts'
import type { SchemeName } from '../schemes/scheme.ts'
import type { CallerRule } from './options.ts'

/** What the options of the plugin offer to routes. */
export interface Configured {
  /** Issuers of tokens. */
  readonly issuers: readonly string[]
  /** Ways to authenticate. */
  readonly schemes: readonly SchemeName[]
  /** Whether a principal may have this issuer. */
  readonly canVouch: (issuer: string) => boolean
  /** Whether the plugin has something to do without any way to authenticate. */
  readonly needsNone: boolean
}

const RESTRICTIONS = ['scopes', 'anyScope', 'audiences', 'claims', 'callers', 'kinds', 'check'] as const
const MEANINGLESS_IN_PUBLIC = [...RESTRICTIONS, 'issuers', 'schemes', 'anonymous'] as const

/**
 * Refuses a route whose options contradict each other, or that nobody could use: both are mistakes, and the first kind
 * leaves a route more open than it looks.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID, naming the route.
 */
export function checkRoute(
  id: string,
  options: AuthRouteOptions,
  mode: Mode,
  { issuers, schemes, canVouch, needsNone }: Configured,
): void {
  if (options.access === 'public') {
    const extra = said(options, MEANINGLESS_IN_PUBLIC)
    if (extra.length > 0)
      refuse(
        `Route "${id}" is public, so nothing asks for its ${extra.join(', ')}. Remove that, or access: public`,
      )
    return
  }
  if (options.anonymous) checkAnonymous(id, options)
  const issuer = options.issuers?.find((name) => !canVouch(name))
  if (issuer !== undefined)
    refuse(
      `Route "${id}" accepts only the issuer "${issuer}", which no scheme of plugin-auth has, such as an entry of "jwt".`,
    )
  checkSchemes(id, options, schemes)
  checkCallers(id, options, issuers, schemes)
  if (schemes.length === 0 && !needsNone && (mode === 'shadow' || mode === 'enforce'))
    refuse(
      `Route "${id}" needs authenticated callers, and no way to authenticate is configured. Add jwt, or observe first`,
    )
}

function checkSchemes(id: string, options: AuthRouteOptions, configured: readonly SchemeName[]): void {
  const accepted = configured.filter((name) => options.schemes?.includes(name) ?? true)
  const named = [...(options.schemes ?? []), ...(options.callers ?? []).flatMap(schemeOf)]
  const other = named.find((name) => !accepted.includes(name))
  if (other === undefined) return
  const why = configured.includes(other) ? 'its schemes leave out' : 'is not configured'
  refuse(`Route "${id}" names the scheme "${other}", which ${why}. There: ${accepted.join(', ') || 'none'}`)
}

function checkAnonymous(id: string, options: AuthRouteOptions): void {
  if (options.access !== undefined)
    refuse(
      `Route "${id}" asks for authenticated callers and lets anonymous ones pass. Remove access or anonymous`,
    )
  const evaded = said(options, RESTRICTIONS)
  if (evaded.length > 0) {
    refuse(
      `Route "${id}" is anonymous: whoever does not satisfy its ${evaded.join(', ')} passes by leaving the credentials out. Remove one of them`,
    )
  }
}

/** Another issuer can name its callers as it likes: an id alone would let it choose who gets in. */
function checkCallers(
  id: string,
  options: AuthRouteOptions,
  issuers: readonly string[],
  schemes: readonly SchemeName[],
): void {
  const accepted = options.issuers ?? issuers
  const takesTokens = (options.schemes ?? schemes).includes('jwt')
  if (accepted.length < 2 || !takesTokens) return
  const open = options.callers?.find((rule) => mayMeanSeveral(rule))
  if (open === undefined) return
  const name = typeof open === 'string' ? open : (open.id ?? '*')
  refuse(
    `Route "${id}" accepts the caller "${name}" without saying whose it is, and ${accepted.length} issuers can name one so. Write { id: '${name}', issuer: '${accepted[0]}' }`,
  )
}

function mayMeanSeveral(rule: string | CallerRule): boolean {
  if (typeof rule === 'string') return true
  return rule.issuer === undefined && (rule.scheme === undefined || rule.scheme === 'jwt')
}

function schemeOf(rule: string | CallerRule): SchemeName[] {
  return typeof rule === 'string' || rule.scheme === undefined ? [] : [rule.scheme]
}

/** Options that are there and would change something. */
function said<TName extends keyof AuthRouteOptions>(
  options: AuthRouteOptions,
  names: readonly TName[],
): TName[] {
  return names.filter((name) => {
    const given: unknown = options[name]
    return given !== undefined && given !== false && !(Array.isArray(given) && given.length === 0)
  })
}

function refuse(message: string): never {
  throw invalidOptions(message)
}
