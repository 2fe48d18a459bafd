/** What must hold, whatever the bytes. */
import type { Outcome } from './arena.ts'
import type { FuzzCase } from './case.ts'
import type { Received } from './client.ts'
import { findBadFrame } from './frames.ts'
import { markerOf, markersIn } from './grammar.ts'
import { type Message, OVERLOOKED, type Reading, readRequests, readResponses, valuesOf } from './reader.ts'
import { MARK, type Sighting } from './sighting.ts'

/** What a batch shows that must not be. */
export function judge(batch: readonly FuzzCase[], outcome: Outcome): string[] {
  return [
    ...outcome.complaints,
    ...outcome.arrivals.broken.map((what) => `the upstream got what is no request: ${what}`),
    ...judgeArrivals(batch, outcome),
    ...batch.flatMap((each, i) => judgeReceived(each, outcome.received[i] as Received)),
  ]
}

/** The upstream's side: exactly what the guards saw, each once, and nothing of two clients in one request. */
function judgeArrivals(batch: readonly FuzzCase[], { arrivals, sightings }: Outcome): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  const written = batch.map(({ bytes }) => readRequests(bytes, OVERLOOKED).messages)
  for (const request of arrivals.requests) {
    const text = JSON.stringify(request).slice(0, 600)
    const markers = markersIn(text)
    if (markers.length > 1) problems.push(`bytes of ${markers.join(' and ')} in one request: ${text}`)
    const ids = valuesOf(request.headers, MARK)
    const id = ids.at(-1) ?? ''
    const sighting = sightings.get(id)
    if (!sighting) {
      problems.push(`no guard saw ${text}`)
      continue
    }
    if (seen.has(id)) problems.push(`one exchange reached the upstream twice: ${text}`)
    seen.add(id)
    problems.push(...difference(request, sighting).map((what) => `${what}: ${text}`))
    // Of HTTP/2 and of what an earlier batch left on its way there is no written form to compare with.
    const from = batch.findIndex(({ number }) => markers[0] === markerOf(number))
    if (
      from !== -1 &&
      batch[from]?.kind === 'request' &&
      !written[from]?.some((sent) => isSame(sent, request))
    )
      problems.push(`the client wrote no such request: ${text}`)
  }
  return problems
}

function isSame(sent: Message, arrived: Message): boolean {
  return sent.start[0] === arrived.start[0] && sent.body === arrived.body
}

function difference(request: Message, sighting: Sighting): string[] {
  const [method, target] = request.start
  const lines = linesOf(request.headers)
  const wanted = linesOf(sighting.headers)
  return [
    ...(method === sighting.method ? [] : [`the guards saw the method ${sighting.method}`]),
    ...(target === sighting.target ? [] : [`the guards saw the target ${sighting.target}`]),
    ...(lines === wanted ? [] : [`the guards saw the headers ${JSON.stringify(wanted)}`]),
    ...(sighting.bodyBytes === -1 || request.body.length === sighting.bodyBytes
      ? []
      : [`the client's body had ${sighting.bodyBytes} bytes`]),
  ]
}

/** Header lines, without those that each connection has for itself. */
function linesOf(flat: readonly string[]): string {
  const own = new Set(['host', 'connection', 'transfer-encoding', 'content-length'])
  return flat
    .flatMap((name, i) =>
      i % 2 === 0 && !own.has(name.toLowerCase()) ? [`${name.toLowerCase()}: ${flat[i + 1]}`] : [],
    )
    .join('\n')
}

/** The client's side: HTTP, of nobody else, and no cut that looks like an end. */
function judgeReceived(each: FuzzCase, { text, closed }: Received): string[] {
  const shown = JSON.stringify(text.slice(0, 600))
  const strangers = markersIn(text).filter((marker) => marker !== markerOf(each.number))
  const problems = strangers.map((marker) => `bytes of ${marker} came to another client: ${shown}`)
  if (!closed) problems.push(`the connection stayed open: ${shown}`)
  if (text !== '' && !text.startsWith('HTTP/1.')) {
    const bad = each.kind === 'http2' ? findBadFrame(text) : 'no status line'
    return bad === undefined ? problems : [...problems, `the client got what is no HTTP (${bad}): ${shown}`]
  }
  const answers = readAnswers(text, /HEAD/i.test(each.bytes))
  if (answers.rest === 'invalid') problems.push(`the client got what is no HTTP (${answers.why}): ${shown}`)
  if (each.kind === 'response') problems.push(...judgeAnswer(each, answers, shown))
  return problems
}

/** Answers, where a HEAD may be among the requests and nobody knows which. */
function readAnswers(text: string, mayBeHead: boolean): Reading {
  const plain = readResponses(text, 'GET', true)
  if (!mayBeHead || plain.rest === 'end') return plain
  for (const method of ['GET', 'HEAD']) {
    const { messages, consumed } = readResponses(text, method, true, 1)
    if (consumed === 0) continue
    const others = readAnswers(text.slice(consumed), true)
    if (others.rest !== 'invalid') return { ...others, messages: [...messages, ...others.messages] }
  }
  return plain
}

/** A mutated answer of an upstream: passed on as it was, refused, or visibly cut. */
function judgeAnswer(each: FuzzCase, answers: Reading, shown: string): string[] {
  const sent = readResponses(each.bytes, 'GET', each.closes)
  const [answer] = answers.messages
  if (answers.messages.length > 1) return [`one request, several answers: ${shown}`]
  if (!answer) return answers.rest === 'partial' ? [] : [`no answer and no cut: ${shown}`]
  if (valuesOf(answer.headers, 'content-type').includes('application/problem+json')) return []
  const [meant] = sent.messages
  if (!meant) return sent.rest === 'partial' ? [`a cut answer was passed on as complete: ${shown}`] : []
  if (answer.start[1] !== meant.start[1]) return [`the upstream's status was ${meant.start[1]}: ${shown}`]
  return answer.body === meant.body ? [] : [`the upstream's body was another: ${shown}`]
}
