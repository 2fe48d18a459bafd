import type { Exchange } from '../../exchange.ts'
import type { Mode } from '../../modes.ts'

/** What of an exchange a plugin could change. */
const FIELDS = [
  'requestHeaders',
  'upstreamRequestHeaders',
  'upstreamPath',
  'responseHeaders',
  'status',
] as const

/** What a hook is there to change. Everything else is for reading. */
const MAY_CHANGE: Readonly<Record<string, readonly string[]>> = {
  mapUpstreamRequest: ['upstreamRequestHeaders', 'upstreamPath'],
  preSend: ['upstreamRequestHeaders'],
  mapResponse: ['responseHeaders', 'status'],
}

const ADVICE: Readonly<Record<string, string>> = {
  requestHeaders:
    'it is what the client sent, and guards and logs read it. Set upstreamRequestHeaders in mapUpstreamRequest',
  upstreamRequestHeaders: 'it is made afresh for each attempt. Set it in mapUpstreamRequest',
  upstreamPath: 'Set it in mapUpstreamRequest',
  responseHeaders: 'Set it in mapResponse',
  status: 'Set it in mapResponse',
}

/** Around a plugin: writes down what its taps change that they may not. */
export function watchChanges(mode: Mode, found: string[]) {
  return (where: string, call: (subject: unknown) => unknown, subject: unknown): unknown => {
    if (!/^(on|pre|pick|map)/.test(where) || where === 'onRoute') return call(subject)
    const exchange = subject as Exchange
    const before = snapshot(exchange)
    const compare = (): void => {
      const after = snapshot(exchange)
      for (const [i, field] of FIELDS.entries()) {
        if (before[i] === after[i] || MAY_CHANGE[where]?.includes(field)) continue
        const what = `It changes exchange.${field} in ${where}, in mode ${mode}: ${ADVICE[field]}`
        if (!found.includes(what)) found.push(what)
      }
    }
    const result = call(subject)
    if (result instanceof Promise) return result.finally(compare)
    compare()
    return result
  }
}

function snapshot(exchange: Exchange): string[] {
  return FIELDS.map((field) => JSON.stringify(exchange[field]))
}
