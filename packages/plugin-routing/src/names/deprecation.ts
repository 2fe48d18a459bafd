import { appendHeader, type Exchange, getHeader, setHeader } from '@postern/core'
import type { DeprecationOptions } from '../options/name-options.ts'
import { type OldName, usedName } from './old-name.ts'

/**
 * Makes the function that tells a caller about its old name: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`. What a
 * service says of itself stays: it knows more, and both headers hold one value.
 * @param setUpMs Unix time since when a name is old whose options do not say.
 */
export function deprecate(link: DeprecationOptions['link'], setUpMs: number): (exchange: Exchange) => void {
  const texts = new Map<OldName, { readonly deprecation: string; readonly sunset: string | undefined }>()
  const textsOf = (oldName: OldName) => {
    let known = texts.get(oldName)
    if (!known) {
      const { sinceMs = setUpMs, untilMs } = oldName
      // RFC 8594 and 9745: a sunset is never before the deprecation.
      const oldMs = untilMs === undefined ? sinceMs : Math.min(sinceMs, untilMs)
      known = {
        deprecation: `@${Math.floor(oldMs / 1000)}`,
        sunset: untilMs === undefined ? undefined : new Date(untilMs).toUTCString(),
      }
      texts.set(oldName, known)
    }
    return known
  }
  return (exchange) => {
    const used = exchange.get(usedName)
    if (!used) return
    const { responseHeaders } = exchange
    const { deprecation, sunset } = textsOf(used.oldName)
    if (getHeader(responseHeaders, 'deprecation') === undefined)
      setHeader(responseHeaders, 'deprecation', deprecation)
    if (sunset !== undefined && getHeader(responseHeaders, 'sunset') === undefined)
      setHeader(responseHeaders, 'sunset', sunset)
    if (link !== undefined) appendHeader(responseHeaders, 'link', `<${link}>; rel="deprecation"`)
  }
}
