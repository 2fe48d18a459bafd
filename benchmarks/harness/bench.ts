import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandScenario, StartScenario } from '../commands/scenario.ts'
import { commandScenarios, startScenarios } from '../commands/scenarios.ts'
import { type Contender, contendersNamed, serverFor } from '../contenders.ts'
import type { InProcessScenario } from '../in-process/scenario.ts'
import { inProcessScenarios } from '../in-process/scenarios.ts'
import type { Scenario } from '../scenario.ts'
import { scenarioNamed, scenarios } from '../scenarios.ts'
import { Children } from './children.ts'
import { duelSeconds, measureDuel } from './duel.ts'
import { enter } from './field.ts'
import { growthSeconds, measureGrowth } from './growth.ts'
import { currentCommit, describeMachine, loadAverage, tooBusy } from './machine.ts'
import type { Options } from './options.ts'
import { durationSeconds, type Pace, spoken, stepsOf } from './pace.ts'
import { type Placement, placeProcesses } from './pinning.ts'
import { Progress } from './progress.ts'
import { type Outcomes, race } from './race.ts'
import { caveat, figuresOf, type Result, type ScenarioFigures } from './result.ts'
import { measureStarts, startsSeconds } from './starts.ts'
import {
  duelTable,
  growthTable,
  markdownTable,
  replaceBetweenMarkers,
  startsTable,
  textTable,
} from './table.ts'

/** What a run measures. */
interface Chosen {
  readonly races: readonly Scenario[]
  readonly inProcess: readonly InProcessScenario[]
  readonly commands: readonly CommandScenario[]
  readonly starts: readonly StartScenario[]
}

/** What must be gone when a run ends, however it ends. */
interface Run {
  readonly children: Children
  readonly folder: string
  readonly placement: Placement
}

/**
 * Runs the benchmark that the options describe and prints its table.
 * @throws Error when the machine is busy, a contender does not start, or its answers differ
 */
export async function bench(options: Options, print: (text: string) => void): Promise<Result> {
  const { races, inProcess, commands, starts } = choose(options.scenarios)
  const named = contendersNamed(options.contenders)
  const page = options.markdown === undefined ? undefined : await openPage(options.markdown)
  const machine = describeMachine()
  const load = loadAverage()
  const busy = tooBusy(load, machine.cores)
  if (busy !== undefined && !options.force) throw new Error(`not measured: ${busy}; wait, or use --force`)

  const placement = placeProcesses()
  print(`${machine.cpu}, ${machine.cores} cores, ${machine.system}, Node ${process.version}`)
  print(busy === undefined ? `load average ${load.toFixed(2)}` : `forced: ${busy}`)
  print(placement.note)

  const fields = races.map((scenario) => fieldOf(scenario, named))
  const entries = fields.reduce((sum, { able }) => sum + able.length, 0)
  const seconds =
    durationSeconds(entries, options.pace) +
    inProcess.reduce((sum, scenario) => sum + growthSeconds(scenario, options.pace), 0) +
    commands.reduce((sum, scenario) => sum + duelSeconds(scenario, options.pace), 0) +
    starts.length * startsSeconds(options.pace)
  print(
    `${[...races, ...inProcess, ...commands, ...starts].map(({ name }) => name).join(', ')}: about ${spoken(seconds)}`,
  )

  const result: Result = {
    machine: { ...machine, pinning: placement.note },
    node: process.version,
    commit: currentCommit(),
    loadAverage: load,
    scenarios: {},
  }
  // After each: the ones before must not be lost when a later one fails.
  const keep = async (name: string, figures: ScenarioFigures): Promise<void> => {
    result.scenarios[name] = figures
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
  }
  for (const { scenario, able, left } of fields) {
    print(`\n${scenario.name}: ${scenario.description}`)
    for (const reason of left) print(reason)
    const figures = figuresOf(await inRun(placement, (run) => raceOne(scenario, able, options.pace, run)))
    print(textTable(figures, scenario.per))
    await keep(scenario.name, figures)
  }
  for (const scenario of inProcess) {
    print(`\n${scenario.name}: ${scenario.description}`)
    const figures = await measureGrowth(scenario, options.pace)
    print(growthTable(figures, scenario.per))
    await keep(scenario.name, figures)
  }
  for (const scenario of commands) {
    print(`\n${scenario.name}: ${scenario.description}`)
    const figures = await inRun(placement, ({ folder }) => measureDuel(scenario, options.pace, folder))
    print(duelTable(figures))
    await keep(scenario.name, figures)
  }
  for (const scenario of starts) {
    print(`\n${scenario.name}: ${scenario.description}`)
    const figures = await inRun(placement, ({ folder }) => measureStarts(scenario, options.pace, folder))
    print(startsTable(figures))
    await keep(scenario.name, figures)
  }
  print(`\n${caveat(result)}`)
  await page?.(markdownTable(result, caveat(result)))
  return result
}

/**
 * The scenarios of these names, or all, by their kind.
 * @throws Error for a name that none has
 */
function choose(names: readonly string[]): Chosen {
  if (names.length === 0)
    return {
      races: scenarios,
      inProcess: inProcessScenarios,
      commands: commandScenarios,
      starts: startScenarios,
    }
  const isNamed = ({ name }: { readonly name: string }): boolean => names.includes(name)
  const inProcess = inProcessScenarios.filter(isNamed)
  const commands = commandScenarios.filter(isNamed)
  const starts = startScenarios.filter(isNamed)
  const others = names.filter(
    (name) => ![...inProcess, ...commands, ...starts].some((scenario) => scenario.name === name),
  )
  return { races: others.map(scenarioNamed), inProcess, commands, starts }
}

async function raceOne(
  scenario: Scenario,
  contenders: readonly Contender[],
  pace: Pace,
  run: Run,
): Promise<Outcomes> {
  const { children, folder, placement } = run
  const field = await enter(scenario, contenders, folder, children, placement)
  const load = children.spawn(
    'load',
    'servers/load.ts',
    { scenario: scenario.name, folder },
    placement.cores.load,
  )
  await load.start()
  const progress = new Progress(stepsOf(contenders.length, pace))
  try {
    return await race(field, load, pace, (label) => progress.step(label))
  } finally {
    progress.end()
  }
}

/** Gives `work` a folder and processes, and takes both away after it, also when it fails or Ctrl-C ends it. */
async function inRun<T>(placement: Placement, work: (run: Run) => Promise<T>): Promise<T> {
  const run: Run = {
    children: new Children(),
    folder: await mkdtemp(join(tmpdir(), 'postern-bench-')),
    placement,
  }
  const cleanUp = async () => {
    await run.children.stopAll()
    await rm(run.folder, { recursive: true, force: true })
  }
  const interrupt = (signal: 'SIGINT' | 'SIGTERM') =>
    void cleanUp().finally(() => process.exit(128 + constants.signals[signal]))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    return await work(run)
  } finally {
    await cleanUp()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** Who takes part in a scenario, and why the others do not. */
function fieldOf(scenario: Scenario, contenders: readonly Contender[]) {
  const able: Contender[] = []
  const left: string[] = []
  for (const contender of contenders) {
    const server = serverFor(contender, scenario)
    if (typeof server === 'string') able.push(contender)
    else left.push(`${contender.name} is left out: ${server.lacks}`)
  }
  return { scenario, able, left }
}

/** Reads the page before anything is measured, so that a page without markers does not cost a run. */
async function openPage(file: string): Promise<(table: string) => Promise<void>> {
  replaceBetweenMarkers(await readFile(file, 'utf8'), '')
  return async (table) => writeFile(file, replaceBetweenMarkers(await readFile(file, 'utf8'), table))
}
