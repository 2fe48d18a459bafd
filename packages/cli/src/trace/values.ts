/** Values of options: durations, times, statuses. */
import { InvalidArgumentError } from 'commander'

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3, d: 86_400e3 }

/** `250ms`, `1.5s`, `15m`, `2h`, `1d`; milliseconds without a unit. */
export function toDurationMs(text: string): number {
  const [, number = '', unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? []
  if (number === '') throw new InvalidArgumentError('Expected a duration such as 250ms, 1.5s, 15m, 2h or 1d.')
  return Number(number) * Number(UNITS_MS[unit])
}

/** A duration that a timer can take: above 24 days it would be over at once. */
export function toTimerMs(text: string): number {
  const durationMs = toDurationMs(text)
  if (durationMs < 1 || durationMs > Number(UNITS_MS['d']))
    throw new InvalidArgumentError('Expected a duration from 1ms to 1d.')
  return durationMs
}

/** A moment in milliseconds since 1970: ISO 8601, or so long ago. */
export function toMoment(text: string): number {
  if (/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(text)) return Date.now() - toDurationMs(text)
  const moment = /^\d{4}-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(moment))
    throw new InvalidArgumentError(
      'Expected a time such as 2026-11-24T15:00:00Z, or 15m for a quarter of an hour ago.',
    )
  return moment
}

/** Statuses from and to, both included. */
export interface StatusRange {
  readonly minStatus?: number
  readonly maxStatus?: number
}

/** `503`, `5xx`, `>=400`, `<500`. */
export function toStatusRange(text: string): StatusRange {
  const [, family] = /^([1-5])xx$/i.exec(text) ?? []
  if (family !== undefined) return { minStatus: Number(family) * 100, maxStatus: Number(family) * 100 + 99 }
  const [, sign = '', digits] = /^(>=|<=|>|<|=)?(\d{3})$/.exec(text) ?? []
  if (digits === undefined)
    throw new InvalidArgumentError('Expected a status such as 503, 5xx, ">=400" or "<500".')
  const status = Number(digits)
  if (sign === '>=') return { minStatus: status }
  if (sign === '>') return { minStatus: status + 1 }
  if (sign === '<=') return { maxStatus: status }
  if (sign === '<') return { maxStatus: status - 1 }
  return { minStatus: status, maxStatus: status }
}

/** A number from 1. */
export function toCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('Expected a whole number from 1 to 9999999.')
  return Number(text)
}

/** Collects `name=service` of an option that may be given several times. */
export function toNames(text: string, known: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, service] = /^([^=]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || service === undefined)
    throw new InvalidArgumentError('Expected the name of a caller and its service: svc-checkout=checkout.')
  return { ...known, [name]: service }
}
