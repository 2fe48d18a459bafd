/** What a primary asks of its workers. Everything in it travels as JSON. */
import type { Metric, Readiness } from '@postern/core'
import type { Page } from '../admin/source.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Description } from '../start/describe.ts'
import type { ReloadReport, ServeOptions } from '../start/served.ts'

/** It does not start, and why. */
export interface StartFault {
  readonly ok: false
  readonly message: string
  readonly exitCode: ExitCode
}

/** What a worker reads when it is asked to. */
export interface LoadOptions extends ServeOptions {
  /** Whether to note which modules are loaded. */
  readonly followModules: boolean
}

/** The methods of a worker, with what they take and give. */
export interface WorkerMethods {
  /** Reads the configuration and makes the gateway. The file of a unix socket is made by the primary, with these rights. */
  load(input: LoadOptions): { readonly ok: true; readonly socketMode?: number | undefined } | StartFault
  /** Listens; after `load`. */
  listen(input: null): { readonly ok: true; readonly description: Description } | StartFault
  reload(input: { readonly text?: string | undefined }): ReloadReport
  undo(input: null): null
  /** Ends after it. */
  drain(input: { readonly graceMs: number }): ExitCode
  readiness(input: null): Readiness
  metrics(input: null): readonly Metric[]
  pages(input: null): readonly string[]
  page(input: { readonly name: string; readonly query: string }): Page
}

/** One call. */
export interface CallMessage {
  readonly call: number
  readonly method: keyof WorkerMethods
  readonly input: unknown
}

/** Its answer. */
export interface ReplyMessage {
  readonly reply: number
  readonly value?: unknown
  /** What was thrown, in words. */
  readonly fault?: string
}
