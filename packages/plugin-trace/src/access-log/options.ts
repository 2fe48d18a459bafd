import * as v from 'valibot'
import { headerName } from '../header-name.ts'
import { optionsOf } from '../option-docs.ts'
import type { FormatName } from './formats.ts'

/** How the access log is written. */
export interface AccessLogOptions {
  /**
   * Names of the fields: `postern` is this package's schema, `ecs` Elastic Common Schema 8 with dotted keys, `otel` the stable
   * semantic conventions of OpenTelemetry. What those have no name for is `postern.…`. Default: `postern`.
   */
  readonly format?: FormatName | undefined
  /** Request headers whose **names** are recorded where they came, never their values. Default: none. */
  readonly requestHeaders?: readonly string[] | undefined
  /** Response headers whose **names** are recorded where they were sent, never their values. Default: none. */
  readonly responseHeaders?: readonly string[] | undefined
  /** Whether the path is recorded. `false` where paths carry secrets; the route's id stays. Default: true. */
  readonly path?: boolean | undefined
  /**
   * Share of traces, 0 to 1, whose exchanges are logged. The trace id decides, so that every gateway with the same ratio keeps the
   * same traces whole. Errors and slow exchanges are logged always. Default: 1.
   */
  readonly sampleRatio?: number | undefined
  /** From how long on an exchange is slow, in milliseconds, and logged whatever `sampleRatio` says. Default: 1000. */
  readonly slowMs?: number | undefined
  /**
   * File or named pipe that lines are appended to. A reload opens it anew, and so does a look every second that finds it renamed or
   * removed. Default: none, lines go through the gateway's logger.
   */
  readonly destination?: string | undefined
  /**
   * Most bytes that wait for a destination that cannot be written now. Lines above are dropped and counted. Default: 8388608, 8 MiB.
   */
  readonly maxBufferBytes?: number | undefined
  /** Who writes, on every line of a destination. Default: `postern`. */
  readonly name?: string | undefined
}

/** `AccessLogOptions` with every default filled in. */
export interface ResolvedAccessLogOptions {
  /** Names of the fields. */
  readonly format: FormatName
  /** Request headers whose names are recorded, in lower case. */
  readonly requestHeaders: readonly string[]
  /** Response headers whose names are recorded, in lower case. */
  readonly responseHeaders: readonly string[]
  /** Whether the path is recorded. */
  readonly path: boolean
  /** Share of traces whose exchanges are logged, 0 to 1. */
  readonly sampleRatio: number
  /** From how long on an exchange is slow, in milliseconds. */
  readonly slowMs: number
  /** File that lines are appended to; absent for the gateway's logger. */
  readonly destination?: string | undefined
  /** Most bytes that wait to be written. */
  readonly maxBufferBytes: number
  /** Who writes. */
  readonly name: string
}

/** Schema of `AccessLogOptions`. */
export const accessLogSchema: v.GenericSchema<AccessLogOptions, ResolvedAccessLogOptions> = optionsOf(
  'AccessLogOptions',
  {
    format: v.optional(v.picklist(['postern', 'ecs', 'otel']), 'postern'),
    requestHeaders: v.optional(v.array(headerName), []),
    responseHeaders: v.optional(v.array(headerName), []),
    path: v.optional(v.boolean(), true),
    sampleRatio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    slowMs: v.optional(v.pipe(v.number(), v.minValue(0)), 1_000),
    destination: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected a path'))),
    maxBufferBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1_024)), 8_388_608),
    name: v.optional(v.pipe(v.string(), v.minLength(1, 'Expected a name')), 'postern'),
  },
)
