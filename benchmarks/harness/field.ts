import { describedAnswer } from '../clients/answer.ts'
import { type Contender, serverFor } from '../contenders.ts'
import { type Scenario, upstreamLegOf } from '../scenario.ts'
import type { Ready } from '../servers/messages.ts'
import type { Child } from './child.ts'
import type { Children } from './children.ts'
import type { Placement } from './pinning.ts'
import { answersOf, proveSame } from './proof.ts'

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
  /** The scenario's pool, one per line. */
  readonly tokensFile?: string
  readonly entrants: readonly Entrant[]
}

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
  const pool = idp.tokensFile === undefined ? {} : { tokensFile: idp.tokensFile }
  return { scenario, token: idp.token, ...pool, entrants }
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
