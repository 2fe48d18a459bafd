/** Runs batches of cases until the time is over or something is found. */
import { Arena } from './arena.ts'
import { drawCase, type FuzzCase } from './case.ts'
import { judge } from './judge.ts'
import { minimise } from './minimise.ts'
import type { FuzzOptions } from './options.ts'

/** Cases that run side by side, so that bytes of one could come to another. */
const BATCH = 4
/** How often each case of a guilty batch is tried alone. */
const ATTEMPTS = 3
/** How often a plain line says how far it is. */
const LINE_MS = 5_000

/**
 * Fuzzes a gateway and prints what it finds.
 * @returns whether nothing was found.
 */
export async function fuzz(options: FuzzOptions, print: (text: string) => void): Promise<boolean> {
  const { seed, runs, seconds, only } = options
  await using arena = await Arena.open()
  const first = only === undefined ? 0 : only - (only % BATCH)
  const last = only === undefined ? runs : first + BATCH
  const untilMs = performance.now() + seconds * 1_000
  let lineMs = performance.now() + LINE_MS
  let number = first
  for (; number < last && performance.now() < untilMs; number += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i) => drawCase(seed, number + i))
    const problems = judge(batch, await arena.run(batch))
    if (problems.length > 0) {
      print(await describe(arena, seed, batch, problems))
      return false
    }
    if (performance.now() < lineMs) continue
    lineMs += LINE_MS
    print(`  ${number + BATCH} cases, nothing found`)
  }
  print(`seed ${seed}: ${number - first} cases, nothing found`)
  return true
}

/** Everything that it takes to see it again. */
async function describe(
  arena: Arena,
  seed: number,
  batch: readonly FuzzCase[],
  problems: readonly string[],
): Promise<string> {
  const lines = problems.map((problem) => `  ${problem}`)
  const rerun = (number: number): string => `rerun: npm run fuzz -- --seed ${seed} --case ${number}`
  const guilty = await findGuilty(arena, batch)
  if (!guilty) {
    const shown = batch.map((each) => `  ${title(each)} ${JSON.stringify(each.bytes)}`)
    return ['found, with these cases side by side:', ...lines, ...shown, rerun(batch[0]?.number ?? 0)].join(
      '\n',
    )
  }
  const { each, copies, problem } = guilty
  const shows = async (bytes: string): Promise<boolean> => {
    const found = await judgeCopies(arena, { ...each, bytes }, copies)
    return found !== undefined && essenceOf(found) === essenceOf(problem)
  }
  const smallest = await minimise(each.bytes, shows)
  return [
    `found, seed ${seed}, ${title(each)}${copies > 1 ? `, ${copies} times side by side` : ''}:`,
    ...lines,
    `bytes: ${JSON.stringify(each.bytes)}`,
    `pieces: ${JSON.stringify(each.pieces)}`,
    `smallest: ${JSON.stringify(smallest)}`,
    rerun(each.number),
  ].join('\n')
}

function title({ number, kind }: FuzzCase): string {
  return `case ${number} (${kind})`
}

interface Guilty {
  readonly each: FuzzCase
  /** How often it ran side by side with itself. */
  readonly copies: number
  readonly problem: string
}

/** The one case that shows it without the others: alone, or where it takes a busy gateway, beside itself. */
async function findGuilty(arena: Arena, batch: readonly FuzzCase[]): Promise<Guilty | undefined> {
  for (const copies of [1, BATCH]) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      for (const each of batch) {
        const problem = await judgeCopies(arena, each, copies)
        if (problem !== undefined) return { each, copies, problem }
      }
    }
  }
  return undefined
}

async function judgeCopies(arena: Arena, each: FuzzCase, copies: number): Promise<string | undefined> {
  const batch = Array.from({ length: copies }, () => each)
  return judge(batch, await arena.run(batch))[0]
}

/** A problem without what differs from run to run: a smaller case must show the same one, not just any. */
function essenceOf(problem: string): string {
  return problem.replace(/:.*/s, '').replace(/\d+/g, '')
}
