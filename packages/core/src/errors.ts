import {
  type CoreErrorCode,
  ERRORS,
  type ErrorRow,
  type ErrorSource,
  type ErrorStage,
} from './error-table.ts'

/** A code from core's table or from a plugin's own (`defineErrors`). */
export type ErrorCode = CoreErrorCode | (string & {})

/** What a `GatewayError` carries beside its code. All of it stays in the log, except `headers`. */
export interface GatewayErrorDetails {
  /** What happened, where, and what to do, for the log. **Never a token, header value or body.** Default: the row's text. */
  readonly message?: string
  /** What was thrown underneath. Never sent to a client. */
  readonly cause?: unknown
  /** npm name of the plugin at fault or concerned. */
  readonly plugin?: string
  /** Flat `[name, value, …]` headers for the answer, such as `retry-after` or `www-authenticate`. */
  readonly headers?: readonly string[]
}

const BRAND = Symbol.for('@postern/core/GatewayError')
const rows = new Map<string, ErrorRow>(Object.entries(ERRORS))

/**
 * The one error class of the gateway. The client sees `code`, `status` and the safe text of the table; message and
 * cause stay in the log.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  /** `GW_<AREA>_<WHAT>`, from the table in `docs/errors.md`. */
  readonly code: ErrorCode
  /** HTTP status of the answer; 0 for errors that never meet a client. */
  readonly status: number
  /** Who is at fault. */
  readonly source: ErrorSource
  /** Where on its way the exchange was. */
  readonly stage: ErrorStage
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** Text that is safe to show to any client. */
  readonly text: string
  /** npm name of the plugin at fault or concerned, if one is. */
  readonly plugin: string | undefined
  /** Flat headers for the answer. */
  readonly headers: readonly string[]
  /** Lets `isGatewayError` recognise errors of another installed copy of core. */
  readonly [BRAND] = true

  /**
   * @param code a code from core's table or one that `defineErrors` registered.
   * @throws {TypeError} when no table has the code: an error without a row has no status to answer with.
   */
  constructor(code: ErrorCode, details: GatewayErrorDetails = {}) {
    const row = rows.get(code)
    if (!row) throw new TypeError(`Unknown error code "${code}". Register it with defineErrors() first.`)
    // Where a client's fault was noticed says nothing, and a flood of bad requests would pay for every stack.
    const { stackTraceLimit } = Error
    if (row.source === 'client') Error.stackTraceLimit = 0
    super(details.message ?? row.text, details.cause === undefined ? undefined : { cause: details.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.status = row.status
    this.source = row.source
    this.stage = row.stage
    this.retryable = row.retryable
    this.text = row.text
    this.plugin = details.plugin
    this.headers = details.headers ?? []
  }
}

/** Whether a value is a `GatewayError`, also one made by another installed copy of core. */
export function isGatewayError(value: unknown): value is GatewayError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true
}

/**
 * What was thrown as a `GatewayError`: itself when it is one, else a fault of the gateway with it as cause.
 * @param message for the log. Default: that of the code.
 */
export function asGatewayError(thrown: unknown, message?: string): GatewayError {
  if (isGatewayError(thrown)) return thrown
  return new GatewayError(
    'GW_GATEWAY_INTERNAL',
    message === undefined ? { cause: thrown } : { message, cause: thrown },
  )
}

/**
 * Registers a plugin's own error codes, so that it can throw or return `new GatewayError('GW_…')`.
 *
 * @param table code → row. Codes have the form `GW_<AREA>_<WHAT>`.
 * @returns the same table, for the plugin's docs and tests.
 * @throws {TypeError} on a code of another form, or one that exists already with another meaning.
 */
export function defineErrors<const TTable extends Readonly<Record<string, ErrorRow>>>(table: TTable): TTable {
  for (const [code, row] of Object.entries(table)) {
    if (!/^GW_[A-Z0-9]+(_[A-Z0-9]+)+$/.test(code))
      throw new TypeError(`"${code}" is not of the form GW_<AREA>_<WHAT>.`)
    const known = rows.get(code)
    // Two copies of one plugin version register equal rows; anything else would change what a code means.
    if (known && JSON.stringify(known) !== JSON.stringify({ ...row })) {
      throw new TypeError(`Error code "${code}" exists already with another meaning.`)
    }
    rows.set(code, Object.freeze({ ...row }))
  }
  return table
}
