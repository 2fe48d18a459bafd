import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type GatewayLogs, readGatewayLogs } from '../assess/gateway-logs.ts'
import { readHistory } from '../assess/history.ts'
import { report } from '../assess/report.ts'
import { readServiceLogs } from '../assess/service-logs.ts'
import { scanSource } from '../assess/source-scan.ts'
import { THRESHOLDS } from '../assess/thresholds.ts'
import { type Evidence, assess as judge } from '../assess/verdict.ts'
import { UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
import { loadLibrary } from '../trace/library.ts'
import { statusLine } from '../trace/progress.ts'
import { jsonText } from '../trace/text.ts'

/** Options of `gw assess`. */
export interface AssessOptions {
  readonly repo?: readonly string[]
  /** As `git log --since` takes it. */
  readonly since?: string
  /** How long all of it may take, in milliseconds. */
  readonly maxTime?: number
  readonly json?: true
}

const SINCE = '24 months ago'
const MAX_TIME_MS = 120_000
const MAX_FILES = 50_000

/**
 * Answers from evidence whether a gateway is needed, and what to start with.
 *
 * @returns 0 with a verdict, 1 when nothing of what was given answers a question, 2 when there is nothing to read.
 */
export async function assess(logs: readonly string[], options: AssessOptions): Promise<ExitCode> {
  const progress = statusLine()
  try {
    const repositories = (options.repo ?? []).map((path) => folder(path))
    for (const log of logs) if (!existsSync(log)) throw new UsageError(`There is no file or folder ${log}.`)
    if (logs.length === 0 && repositories.length === 0)
      throw new UsageError(
        'Give logs, or --repo FOLDER for the source of services, or both: gw assess access.log --repo ../orders --repo ../basket',
      )
    const evidence = await gather(logs, repositories, options, progress.show)
    progress.end()
    const assessment = judge(evidence)
    if (options.json) print(jsonText({ ...assessment, evidence: shown(evidence), thresholds: THRESHOLDS }))
    else print(report(assessment, evidence))
    for (const name of evidence.history?.without ?? []) say(`${name} has no git history that can be read.`)
    return assessment.verdict.verdict === 'unknown' ? EXIT.failed : EXIT.ok
  } finally {
    progress.end()
  }
}

async function gather(
  logs: readonly string[],
  repositories: readonly string[],
  { since = SINCE, maxTime = MAX_TIME_MS }: AssessOptions,
  show: (text: string) => void,
): Promise<Evidence> {
  // Each part may take its share of what is left, so that a long history does not starve the others.
  const end = performance.now() + maxTime
  const share = (parts: number): number => performance.now() + (end - performance.now()) / parts
  let gatewayLogs: GatewayLogs | undefined
  if (logs.length > 0) {
    show('reading access logs')
    const library = await loadLibrary()
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(share(4) - performance.now())))
    gatewayLogs = await readGatewayLogs(library, logs, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
      say('The access logs are left out: reading them takes longer than its share of --max-time.')
      return undefined
    })
  }
  const serviceLogs =
    logs.length > 0
      ? await readServiceLogs(logs, share(3), (bytes, total) =>
          show(`reading logs, ${total === 0 ? 100 : Math.floor((bytes / total) * 100)} %`),
        )
      : undefined
  const source =
    repositories.length > 0
      ? await scanSource(repositories, { deadline: share(2), maxFiles: MAX_FILES }, (count) =>
          show(`looking through source, ${count} files`),
        )
      : undefined
  const history =
    repositories.length > 0
      ? await readHistory(repositories, {
          since,
          deadline: end,
          folders: source?.folders,
          onCommit: (count) => show(`reading histories, ${count} commits`),
        })
      : undefined
  return { gatewayLogs, serviceLogs, source, history }
}

function folder(path: string): string {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw new UsageError(`There is no folder ${path}.`)
  return resolve(path)
}

/** What is of use to readers of JSON. */
function shown({ source, ...rest }: Evidence): unknown {
  if (!source) return rest
  const { folders: _, ...found } = source
  return { ...rest, source: found }
}
