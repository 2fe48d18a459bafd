/** From evidence to a verdict: what to start with, or that no gateway is needed. */

import { counted } from '../trace/text.ts'
import type { GatewayLogs } from './gateway-logs.ts'
import type { HistoryReport } from './history.ts'
import type { ServiceLogs } from './service-logs.ts'
import type { SourceReport } from './source-scan.ts'
import { type Level, levelAbove, THRESHOLDS } from './thresholds.ts'

/** Everything that was found; what was not looked at is missing. */
export interface Evidence {
  readonly gatewayLogs?: GatewayLogs | undefined
  readonly serviceLogs?: ServiceLogs | undefined
  readonly source?: SourceReport | undefined
  readonly history?: HistoryReport | undefined
}

/** One of the three questions, answered. */
export interface Answer {
  readonly question: 'auth' | 'trace' | 'routing'
  readonly level: Level
  /** One sentence with the numbers. */
  readonly answer: string
  /** How far above its threshold it is: the largest is where to start. */
  readonly strength: number
}

/** What to do. */
export interface Verdict {
  readonly verdict: 'no-gateway' | 'wait' | 'auth' | 'trace' | 'routing' | 'unknown'
  readonly reasons: readonly string[]
}

/** The assessment as data. */
export interface Assessment {
  /** Services that are known, by name. */
  readonly components: readonly string[]
  readonly answers: readonly Answer[]
  readonly verdict: Verdict
}

/** Answers the three questions, and says what follows. */
export function assess(evidence: Evidence): Assessment {
  const components = componentsOf(evidence)
  const answers = [authAnswer(evidence), traceAnswer(evidence), routingAnswer(evidence)]
  return { components, answers, verdict: verdictOf(answers, components.length) }
}

/** Names of services in logs and source. */
function componentsOf({ gatewayLogs, serviceLogs, source }: Evidence): string[] {
  return [
    ...new Set([
      ...(gatewayLogs?.services ?? []),
      ...(serviceLogs?.services ?? []),
      ...(source?.services ?? []),
    ]),
  ].sort()
}

/** Ways to authenticate, with where they were seen. */
function schemesOf({ gatewayLogs, source }: Evidence): string[] {
  const inSource = source?.findings.map(({ scheme }) => scheme) ?? []
  const inLogs = gatewayLogs?.schemes.map(([scheme]) => scheme) ?? []
  // A token that a service looks up is a bearer token of another kind; a census calls it introspection.
  return [...new Set<string>([...inSource, ...inLogs])].sort()
}

function authAnswer(evidence: Evidence): Answer {
  if (!evidence.source && !evidence.gatewayLogs)
    return unknown('auth', 'Not looked at: give --repo, or access logs of a gateway with plugin-auth.')
  const schemes = schemesOf(evidence)
  const services = new Set(evidence.source?.findings.map(({ service }) => service))
  const where = services.size > 0 ? `, checked in ${counted(services.size, 'service')} of their own` : ''
  const open =
    evidence.gatewayLogs && evidence.gatewayLogs.withoutAuth > 0
      ? ` ${counted(evidence.gatewayLogs.withoutAuth, 'call')} of the logs proved nothing.`
      : ''
  return {
    question: 'auth',
    level: levelAbove(schemes.length, THRESHOLDS.schemesWatch, THRESHOLDS.schemesPressing),
    answer: `${counted(schemes.length, 'way')} to authenticate${schemes.length === 0 ? ' found' : ` (${schemes.join(', ')})`}${where}.${open}`,
    strength: schemes.length / THRESHOLDS.schemesPressing.value,
  }
}

function traceAnswer({ gatewayLogs, serviceLogs }: Evidence): Answer {
  const foreign = serviceLogs && serviceLogs.requests > 0 ? serviceLogs : undefined
  if (!gatewayLogs && !foreign) return unknown('trace', 'Not looked at: give logs, as JSON lines.')
  const levels: Level[] = []
  const parts: string[] = []
  let strength = 0
  if (foreign) {
    const share = foreign.traced / foreign.requests
    const level: Level =
      share < THRESHOLDS.tracedPressing.value
        ? 'pressing'
        : share < THRESHOLDS.tracedWatch.value
          ? 'watch'
          : 'fine'
    levels.push(level)
    strength = (1 - share) / (1 - THRESHOLDS.tracedPressing.value)
    const numbered =
      foreign.numbered > 0 ? `, ${percent(foreign.numbered / foreign.requests)} a request id alone` : ''
    parts.push(
      `${percent(share)} of ${counted(foreign.requests, 'line')} of ${counted(foreign.services.length, 'service')} have a trace id${numbered}; ${percent(foreign.acrossShare)} of the ids are found in more than one service.`,
    )
  }
  if (gatewayLogs) {
    parts.push(
      `${gatewayLogs.whole} of ${counted(gatewayLogs.rebuilt, 'trace')} of the gateway's logs could be rebuilt whole.`,
    )
    if (gatewayLogs.rebuilt > 0 && gatewayLogs.whole / gatewayLogs.rebuilt < THRESHOLDS.tracedWatch.value)
      levels.push('watch')
    if (gatewayLogs.dropping.length > 0) {
      levels.push('watch')
      parts.push(`${gatewayLogs.dropping.join(', ')} get a trace and call others without it.`)
    }
  }
  const rebuildMs = Math.max(gatewayLogs?.rebuildMs ?? 0, foreign?.rebuildMs ?? 0)
  if (rebuildMs > 0) {
    levels.push(levelAbove(rebuildMs, THRESHOLDS.rebuildWatchMs, THRESHOLDS.rebuildPressingMs))
    strength = Math.max(strength, rebuildMs / THRESHOLDS.rebuildPressingMs.value)
    parts.push(`Finding one path took ${duration(rebuildMs)}, with all logs in one place.`)
  }
  return { question: 'trace', level: worst(levels), answer: parts.join(' '), strength }
}

function routingAnswer({ history }: Evidence): Answer {
  if (!history || history.commits === 0)
    return unknown(
      'routing',
      history
        ? 'The repositories have no history of configuration or source.'
        : 'Not looked at: give --repo with a git history.',
    )
  const { moves, months } = history
  const perMonth = moves.length / months
  const fan = widestMove(history)
  const rate = levelAbove(perMonth, THRESHOLDS.movesWatch, THRESHOLDS.movesPressing)
  const levels = [rate === 'pressing' && months < THRESHOLDS.historyMonths.value ? 'watch' : rate]
  if (fan && fan.callers.length >= THRESHOLDS.fanOut.value) levels.push('pressing')
  const callers = new Set(moves.map(({ caller }) => caller))
  const wide =
    fan && fan.callers.length > 1
      ? ` ${fan.from} became ${fan.to} in ${counted(fan.callers.length, 'caller')} (${fan.callers.join(', ')}).`
      : ''
  const renamed = history.renames.length > 0 ? ` Renamed: ${history.renames.slice(0, 5).join(', ')}.` : ''
  return {
    question: 'routing',
    level: worst(levels),
    answer: `${counted(moves.length, 'address')} changed in ${counted(callers.size, 'caller')} in ${round(months)} months, ${round(perMonth)} a month.${wide}${renamed}`,
    strength: Math.max(
      perMonth / THRESHOLDS.movesPressing.value,
      fan && fan.callers.length > 1 ? fan.callers.length / THRESHOLDS.fanOut.value : 0,
    ),
  }
}

/** The move that made the most callers change. */
export function widestMove({
  moves,
}: HistoryReport):
  | { readonly from: string; readonly to: string; readonly callers: readonly string[] }
  | undefined {
  const byMove = new Map<string, Set<string>>()
  for (const { from, to, caller } of moves) {
    const key = `${from}\0${to}`
    const callers = byMove.get(key) ?? new Set()
    byMove.set(key, callers.add(caller))
  }
  const [widest] = [...byMove].sort(([, a], [, b]) => b.size - a.size)
  if (!widest) return undefined
  const [from = '', to = ''] = widest[0].split('\0')
  return { from, to, callers: [...widest[1]].sort() }
}

function verdictOf(answers: readonly Answer[], components: number): Verdict {
  const known = answers.filter(({ level }) => level !== 'unknown')
  if (known.length === 0)
    return {
      verdict: 'unknown',
      reasons: ['None of the three questions could be answered from what was given.'],
    }
  const pressing = known.filter(({ level }) => level === 'pressing').sort((a, b) => b.strength - a.strength)
  const watched = known.filter(({ level }) => level === 'watch')
  const few = components > 0 && components < THRESHOLDS.components.value
  const open = answers
    .filter(({ level }) => level === 'unknown')
    .map(({ question }) => `The question of ${question} is open.`)
  const size =
    components === 0
      ? 'How many services there are is not known.'
      : `Known services: ${components}; a gateway rarely pays below ${THRESHOLDS.components.value}.`
  const [first] = pressing
  if (!first && watched.length === 0)
    return {
      verdict: 'no-gateway',
      reasons: [
        'Nothing that a gateway solves is a problem here. Another hop would cost more than it gives.',
        size,
        ...open,
      ],
    }
  if (!first)
    return {
      verdict: 'wait',
      reasons: [
        `Worth an eye, and no hop yet: ${watched.map(({ question }) => question).join(', ')}.`,
        size,
        ...open,
      ],
    }
  if (few && pressing.length < 2)
    return {
      verdict: 'wait',
      reasons: [
        size,
        `${first.question} is pressing and nothing else is: solve it in the services. ${WITHOUT_HOP[first.question]}`,
        ...open,
      ],
    }
  const others = pressing.slice(1).map(({ question }) => question)
  return {
    verdict: first.question,
    reasons: [
      START[first.question],
      ...(others.length > 0 ? [`Then ${others.join(', then ')}; one at a time.`] : []),
      size,
      ...(few ? [`With so few services, start without a hop: ${WITHOUT_HOP[first.question]}`] : []),
      ...open,
    ],
  }
}

const START: Readonly<Record<Answer['question'], string>> = {
  auth: 'One place that knows every scheme, first in observe, then in shadow (docs/adopting-auth.md).',
  trace: 'A trace id and a line for each hop, with nothing to change in the services.',
  routing: 'Names in place of addresses, so that a move is one change.',
}

const WITHOUT_HOP: Readonly<Record<Answer['question'], string>> = {
  auth: 'The same guard runs as a middleware of each service (gateway.middleware()).',
  trace: 'The same trace runs as a middleware and as a dispatcher of each service (docs/seats.md).',
  routing: 'Callers can have names by gateway.dispatcher(), or by DNS.',
}

function unknown(question: Answer['question'], answer: string): Answer {
  return { question, level: 'unknown', answer, strength: 0 }
}

function worst(levels: readonly Level[]): Level {
  return levels.includes('pressing') ? 'pressing' : levels.includes('watch') ? 'watch' : 'fine'
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}

function round(value: number): string {
  return value >= 10 ? value.toFixed(0) : value.toFixed(1)
}

function duration(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`
}
