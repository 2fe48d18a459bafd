import type { Contender } from '../contenders.ts'
import type { HttpScenario } from '../scenarios.ts'
import type { Ready } from '../servers/messages.ts'
import type { Child } from './child.ts'
import type { Children } from './children.ts'
import type { Placement } from './pinning.ts'
import { answersOf, describedAnswer, proveSame } from './proof.ts'
import { rotate, type Sample } from './statistics.ts'
import { usageOf } from './usage.ts'

/** How long and how often an HTTP scenario is measured. */
export interface Pace {
  readonly rounds: number
  /** Length of one measured window. */
  readonly seconds: number
  /** Load on each contender before the first round. */
  readonly warmUpSeconds: number
}

/** Connections open and caches settle in this time before each window. */
const SETTLE_SECONDS = 0.3

/** A contender that runs and has proved its answers. */
export interface Entrant {
  readonly contender: Contender
  readonly child: Child
  readonly url: string
}

/** An upstream that runs, and the contenders in front of it. */
export interface Field {
  readonly scenario: HttpScenario
  readonly token: string
  readonly entrants: readonly Entrant[]
}

/** The samples of each contender by its name, one per round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/**
 * Starts the upstream and every contender, and proves their answers equal to the upstream's own.
 * @throws Error naming the process that does not start or answers differently
 */
export async function enter(
  scenario: HttpScenario,
  contenders: readonly Contender[],
  folder: string,
  children: Children,
  { cores }: Placement,
): Promise<Field> {
  const params = { scenario: scenario.name, folder }
  const upstream = await children.spawn('upstream', 'servers/upstream.ts', params, cores.upstream).start()
  const idp = idpOf(upstream)
  const expected = describedAnswer(scenario)
  proveSame('upstream', scenario, await answersOf(upstream.url, scenario, idp.token), expected)
  const entrants: Entrant[] = []
  for (const contender of contenders) {
    const own = { ...params, upstream: { url: upstream.url, idp } }
    const child = children.spawn(contender.name, contender.file, own, cores.proxy)
    const { url } = await child.start()
    proveSame(
      contender.name,
      scenario,
      await answersOf(url, scenario, idp.token).catch(named(contender)),
      expected,
    )
    entrants.push({ contender, child, url })
  }
  return { scenario, token: idp.token, entrants }
}

/** Measures all contenders in turn, round after round, each round beginning with another one. */
export async function race(
  field: Field,
  load: Child,
  pace: Pace,
  onStep: (label: string) => void,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(field.entrants.map(({ contender }) => [contender.name, []]))
  for (const entrant of field.entrants) {
    onStep(`warm-up ${entrant.contender.name}`)
    await measure(field, entrant, load, pace.warmUpSeconds)
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const entrant of rotate(field.entrants, round)) {
      onStep(`round ${round + 1}/${pace.rounds} ${entrant.contender.name}`)
      samples.get(entrant.contender.name)?.push(await measure(field, entrant, load, pace.seconds))
    }
  }
  return samples
}

/** How often `race` reports a step. */
export function stepsOf(contenders: number, pace: Pace): number {
  return contenders * (pace.rounds + 1)
}

async function measure(
  { scenario, token }: Field,
  entrant: Entrant,
  load: Child,
  seconds: number,
): Promise<Sample> {
  const { contender, child, url } = entrant
  const job = { scenario: scenario.name, url, token, settleSeconds: SETTLE_SECONDS, windowSeconds: seconds }
  const opened = load.next('open')
  const closed = load.next('closed')
  const idle = load.next('idle')
  load.send({ type: 'load', job })
  await opened
  const before = await usageOf(child)
  const { result } = await closed
  const after = await usageOf(child)
  const { failures } = await idle
  if (failures.length > 0) throw new Error(`${contender.name} failed under load: ${failures.join('; ')}`)
  if (result.requests === 0) throw new Error(`${contender.name} answered nothing under load`)
  return {
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssBytes: after.rssBytes,
  }
}

function idpOf(upstream: Ready): NonNullable<Ready['idp']> {
  if (upstream.idp) return upstream.idp
  throw new Error('the upstream reported no identity provider')
}

function named(contender: Contender): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${contender.name} does not answer: ${String(cause)}`, { cause })
  }
}
