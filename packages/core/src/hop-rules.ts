/** What this gateway adds to what it passes on. One object per generation; every exchange refers to it. */
import type { HttpVersion } from './exchange.ts'
import type { ForwardedForm } from './options.ts'

/** What a hop adds. */
export interface HopRules {
  /** Value of `Via` by the version in which the client spoke (RFC 9110 section 7.6.3). */
  readonly via: Readonly<Record<HttpVersion, string>>
  /** In which form the client's address, scheme and host go on. */
  readonly forwarded: ForwardedForm
  /** Header that carries `exchange.id`, lower case; empty for none. */
  readonly requestIdHeader: string
  /** Response header that tells the gateway's own time, lower case; empty for none. */
  readonly timingHeader: string
}

/** Values of `Via` for a gateway of this name. */
export function viaOf(pseudonym: string): HopRules['via'] {
  return Object.freeze({
    '1.0': `1.0 ${pseudonym}`,
    '1.1': `1.1 ${pseudonym}`,
    '2.0': `2.0 ${pseudonym}`,
    // A call in this process has no version: it goes on as HTTP/1.1.
    '': `1.1 ${pseudonym}`,
  })
}
