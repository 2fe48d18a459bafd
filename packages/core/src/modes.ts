/**
 * Modes: how much a plugin's word counts. Core implements them once, around every tap, so an author gets `shadow` for
 * free.
 */

/**
 * - `off`: the plugin taps nothing.
 * - `observe`: it only records what it sees: its `on*` taps run, and a guard's `observe` function in place of its check.
 * - `shadow`: the full check runs, may fill its slots, and its verdict is recorded; the exchange passes and neither
 *   request nor response is changed.
 * - `enforce`: its word counts.
 */
export type Mode = 'off' | 'observe' | 'shadow' | 'enforce'

/** All modes, weakest first. */
export const MODES: readonly Mode[] = Object.freeze(['off', 'observe', 'shadow', 'enforce'])

/** How a plugin runs, for a whole gateway or for one route. */
export interface ModeSettings {
  /** How much the plugin's word counts: `off`, `observe`, `shadow` or `enforce`. Default: `enforce`. */
  readonly mode?: Mode | undefined
  /** Share of the exchanges, 0 to 100, that get `mode`; the others get the next weaker one. Default: 100. */
  readonly percent?: number | undefined
  /**
   * Callers that get another mode: `exchange.caller` → mode. A caller is known by its client address, and by its
   * principal's id once a guard has verified it.
   */
  readonly except?: Readonly<Record<string, Mode>> | undefined
}

/** Mode settings with every default filled in. */
export interface ResolvedModeSettings {
  readonly mode: Mode
  readonly percent: number
  readonly except: ReadonlyMap<string, Mode>
}

/** Fills in defaults; a route's settings win over the plugin's, field by field. */
export function resolveModeSettings(plugin: ModeSettings, route: ModeSettings = {}): ResolvedModeSettings {
  return {
    mode: route.mode ?? plugin.mode ?? 'enforce',
    percent: route.percent ?? plugin.percent ?? 100,
    except: new Map(Object.entries({ ...plugin.except, ...route.except })),
  }
}

/** Whether one mode holds for every exchange. */
export function isStatic(settings: ResolvedModeSettings): boolean {
  return settings.percent >= 100 && settings.except.size === 0
}

/** The mode that holds for one exchange. The same exchange gets the same answer in every hook, unless its caller changes. */
export function modeFor(
  settings: ResolvedModeSettings,
  exchange: { readonly caller: string; readonly dice: number },
): Mode {
  if (settings.except.size > 0) {
    const exception = settings.except.get(exchange.caller)
    if (exception) return exception
  }
  if (settings.percent < 100 && exchange.dice >= settings.percent) return weaker(settings.mode)
  return settings.mode
}

/** The next weaker mode; `off` stays `off`. */
function weaker(mode: Mode): Mode {
  return MODES[Math.max(0, MODES.indexOf(mode) - 1)] as Mode
}
