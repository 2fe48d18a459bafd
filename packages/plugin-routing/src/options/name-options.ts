/** What a gateway does with old names, beside keeping them alive. */
import * as v from 'valibot'
import type { NameLedger } from '../ledger/ledger.ts'
import { optionsOf } from './option-docs.ts'
import { NOT_IN_JSON, text } from './values.ts'

/** What tells callers, in their responses, that they use an old name. */
export interface DeprecationOptions {
  /** `https://` address of a page that says what to use instead, for `Link` with `rel="deprecation"`. Default: none. */
  readonly link?: string | undefined
}

/** When a name may be taken out of the options. */
export interface RemoveNamesOptions {
  /** For how many days nobody must have used it. Default: 14. */
  readonly unusedForDays?: number | undefined
  /** Old names that are taken out although callers use them: those calls will fail. Default: none. */
  readonly force?: readonly string[] | undefined
}

/** How the names of services are kept alive, and let go. */
export interface NameOptions {
  /**
   * Where uses of old names are written down. Make it with `nameLedger()`, outside of the options that a reload makes anew,
   * so that it outlives them; one per gateway and configuration. Default: one of the plugin's own, which outlives reloads and not the
   * process; the view `names` shows either.
   */
  readonly ledger?: NameLedger | undefined
  /**
   * Whether responses to calls by an old name carry `Deprecation` (RFC 9745) and, with an `until`, `Sunset` (RFC 8594).
   * Headers of these names that the service itself sent stay. Default: false.
   */
  readonly deprecation?: boolean | DeprecationOptions | undefined
  /**
   * Refuses to start, or to reload, without a name or place that callers used lately, as the ledger knows. `false` for
   * never. Without a `ledger` of yours a restart forgets what was used. Default: `{ unusedForDays: 14 }` with a `ledger`, else false.
   */
  readonly removeNames?: false | RemoveNamesOptions | undefined
}

/** Default of `RemoveNamesOptions.unusedForDays`. */
export const DEFAULT_UNUSED_DAYS = 14

const link = v.pipe(
  v.string(),
  v.regex(/^https?:\/\/[^\s<>"]+$/, 'Expected an address such as https://wiki.internal/names'),
  v.check((given) => URL.canParse(given), 'Expected an address such as https://wiki.internal/names'),
)

const isLedger = (given: unknown): boolean =>
  typeof given === 'object' &&
  given !== null &&
  ['record', 'uses'].every((key) => typeof (given as Record<string, unknown>)[key] === 'function')

/** Entries of the schema of `NameOptions`. */
export const nameEntries = {
  ledger: v.optional(
    v.pipe(v.custom<NameLedger>(isLedger, 'Expected what nameLedger() gives'), v.metadata(NOT_IN_JSON)),
  ),
  deprecation: v.optional(
    v.union([v.boolean(), optionsOf('DeprecationOptions', { link: v.optional(link) })]),
  ),
  removeNames: v.optional(
    v.union([
      v.literal(false),
      optionsOf('RemoveNamesOptions', {
        unusedForDays: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(36_500))),
        force: v.optional(v.array(text)),
      }),
    ]),
  ),
}
