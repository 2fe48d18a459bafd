import { describedAnswer } from '../clients/answer.ts'
import { type Contender, serverFor } from '../contenders.ts'
import { type Scenario, upstreamLegOf } from '../scenario.ts'
import type { Ready } from '../servers/messages.ts'
import type { Child } from './child.ts'
import type { Children } from './children.ts'
import type { Pace } from './pace.ts'
import type { Placement } from './pinning.ts'
import { answersOf, proveSame } from './proof.ts'
import { rotate, type Sample } from './statistics.ts'
import { usageOf } from './usage.ts'

/** A contender that runs and has proved its answers. */
export interface Entrant {
  readonly name: string
  readonly child: Child
  readonly url: string
}

/** An upstream that runs, and the contenders in front of it. */
export interface Field {
  readonly scenario: Scenario
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
  scenario: Scenario,
  contenders: readonly Contender[],
  folder: string,
  children: Children,
  { cores }: Placement,
): Promise<Field> {
  const params = { scenario: scenario.name, folder }
  const upstream = await children.spawn('upstream', 'servers/upstream.ts', params, cores.upstream).start()
  const idp = idpOf(upstream)
  const start = async (contender: Contender): Promise<Entrant> => {
    const own = { ...params, upstream: { url: upstream.url, idp } }
    const child = children.spawn(contender.name, fileOf(contender, scenario), own, cores.proxy)
    return { name: contender.name, child, url: (await child.start()).url }
  }
  const expected = describedAnswer(scenario)
  const prove = async (name: string, url: string, asked: Scenario) =>
    proveSame(name, scenario, await answersOf(url, asked, idp.token).catch(named(name)), expected)
  await prove('upstream', upstream.url, upstreamLegOf(scenario))
  const entrants = await Promise.all(contenders.map(start))
  for (const { name, url } of entrants) await prove(name, url, scenario)
  return { scenario, token: idp.token, entrants }
}

/** Measures all contenders in turn, round after round, each round beginning with another one. */
export async function race(
  field: Field,
  load: Child,
  pace: Pace,
  onStep: (label: string) => void,
): Promise<Samples> {
  const { scenario, entrants } = field
  const idle = 'idleConnections' in scenario ? (scenario.idleConnections ?? 0) : 0
  const samples = new Map<string, Sample[]>(entrants.map(({ name }) => [name, []]))
  const memory = new Map<string, number>()
  for (const entrant of entrants) {
    onStep(`warm-up ${entrant.name}`)
    // Without idle connections: what they add is the difference to this.
    const { rssBytes } = await measure(field, entrant, load, { ...pace, seconds: pace.warmUpSeconds }, 0)
    memory.set(entrant.name, rssBytes)
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const entrant of rotate(entrants, round)) {
      onStep(`round ${round + 1}/${pace.rounds} ${entrant.name}`)
      const sample = await measure(field, entrant, load, pace, idle)
      const added = (sample.rssBytes - (memory.get(entrant.name) ?? 0)) / idle
      samples.get(entrant.name)?.push(idle === 0 ? sample : { ...sample, idleConnectionBytes: added })
    }
  }
  return samples
}

async function measure(
  { scenario, token }: Field,
  { name, child, url }: Entrant,
  load: Child,
  { seconds, settleSeconds }: Pace,
  idleConnections: number,
): Promise<Sample> {
  const opened = load.next('open')
  const closed = load.next('closed')
  const idle = load.next('idle')
  const job = {
    scenario: scenario.name,
    url,
    token,
    idleConnections,
    settleSeconds,
    windowSeconds: seconds,
  }
  load.send({ type: 'load', job })
  await opened
  const before = await usageOf(child)
  const { result } = await closed
  const after = await usageOf(child)
  const { failures, failed } = await idle
  if (failed > 0) throw new Error(`${name} failed under load, ${failed} times: ${failures.join('; ')}`)
  if (result.requests === 0) throw new Error(`${name} answered nothing under load`)
  return {
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssBytes: after.rssBytes,
  }
}

function fileOf(contender: Contender, scenario: Scenario): string {
  const file = serverFor(contender, scenario)
  if (typeof file === 'string') return file
  throw new Error(`${contender.name} cannot run "${scenario.name}": ${file.lacks}`)
}

function idpOf(upstream: Ready): NonNullable<Ready['idp']> {
  if (upstream.idp) return upstream.idp
  throw new Error('the upstream reported no identity provider')
}

function named(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(`${name} does not answer: ${String(cause)}`, { cause })
  }
}
