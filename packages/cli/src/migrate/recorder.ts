/**
 * Runs somebody's file with stand-ins for its proxy packages, and writes down what they were called with. A process of its own that
 * `read-module.ts` starts with no rights but to read files; see decision 0051.
 */
import { writeSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { settleMounts } from './recorder/frameworks.ts'
import { type Recording, seen } from './recorder/record.ts'
import { standIn } from './recorder/stand-ins.ts'

/** Files go on for a while after they were loaded: async functions that set the application up. */
const SETTLE_MS = 300
/** Where the parent reads. */
const OUT = 3

const running: Promise<unknown>[] = []
let failure: string | undefined
const note = (error: unknown): void => {
  failure ??= error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
process.on('uncaughtException', note)
process.on('unhandledRejection', note)
let isReported = false
process.on('exit', report)

const file = process.argv[2] ?? ''
// A program that looks at its arguments must not find this one.
process.argv.splice(1, 2, file)
standIn(running)
try {
  await import(pathToFileURL(file).href)
} catch (error) {
  note(error)
}
await wait(SETTLE_MS)
for (let done = 0; done < running.length; done++)
  await Promise.race([running[done]?.catch(note), wait(SETTLE_MS)])
process.exit()

function report(): void {
  if (isReported) return
  isReported = true
  settleMounts()
  const { calls, own, ports, missingEnv, readEnv, absent } = seen
  const recording: Recording = {
    calls,
    own,
    ports,
    missingEnv: [...missingEnv].filter((name) => name !== 'WATCH_REPORT_DEPENDENCIES'),
    readEnv: [...readEnv],
    absent: [...absent],
    failure,
  }
  const bytes = Buffer.from(JSON.stringify(recording))
  for (let at = 0; at < bytes.length; ) at += writeSync(OUT, bytes, at)
}
