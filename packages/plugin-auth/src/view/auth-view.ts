import type { CountedStats } from '../counts/auth-counts.ts'
import type { RevocationState } from '../revocation/revocation-list.ts'
import type { JwtStats } from '../verify/jwt-stats.ts'

/** What a running plugin counted. */
export interface AuthStats extends CountedStats {
  /** Of JSON Web Tokens; `undefined` while no route checks any. */
  readonly jwt: JwtStats | undefined
  /** How the list of revocations stands; `undefined` without one. */
  readonly revocations: RevocationState | undefined
}

/** What a running plugin shows. */
export interface AuthWindow {
  /** What it counted. */
  stats(): AuthStats
}

/**
 * A window on the plugin as it runs. The host makes one with `authView()` and gives it to `auth({ view })`; it shows the
 * generation that a reload put last.
 */
export interface AuthView {
  /** What was counted; `undefined` while no gateway runs with this view. */
  stats(): AuthStats | undefined
  /** For the plugin: shows through this view until the function that it gives back is called. */
  attach(window: AuthWindow): () => void
}

/**
 * Makes a window on a running plugin.
 *
 * @example
 * const view = authView()
 * const gateway = createGateway([auth({ view, jwt })])
 * const { cache, workers } = view.stats()?.jwt ?? {}
 */
export function authView(): AuthView {
  const attached = new Set<AuthWindow>()
  return {
    // A reload that fails takes its generation away again, and the one before is the last.
    stats: () => [...attached].at(-1)?.stats(),
    attach(window) {
      attached.add(window)
      return () => void attached.delete(window)
    },
  }
}

/** Whether it is a view. */
export function isView(value: unknown): boolean {
  const { stats, attach } = Object(value) as Partial<AuthView>
  return typeof stats === 'function' && typeof attach === 'function'
}
