/** What tells the series of exchanges and attempts of one route, service or endpoint apart, as a number and as attributes. */
import type { Exchange, MetricAttributes, Seat } from '@postern/core'
import { errorType, KNOWN_METHODS, methodOf, protocolVersion } from '../attributes.ts'
import type { Words } from './words.ts'

const METHOD_NUMBERS: ReadonlyMap<string, number> = new Map(
  [...KNOWN_METHODS].map((method, index) => [method, index + 1]),
)
const SEAT_NUMBERS: Readonly<Record<Seat, number>> = { hop: 0, callee: 1, caller: 2, fetch: 3 }
const VERSION_NUMBERS: Readonly<Record<Exchange['httpVersion'], number>> = {
  '': 0,
  '1.0': 1,
  '1.1': 2,
  '2.0': 3,
}

/** The key of an exchange's series: 29 bits, so that it stays a small integer. */
export function exchangeKey(exchange: Exchange, words: Words): number {
  const { error, httpVersion, scheme, seat } = exchange
  const code = error === null || error.source === 'client' ? 0 : words.number(error.code)
  const ends = (code << 10) | statusOf(exchange.status)
  const leg = (SEAT_NUMBERS[seat] << 3) | (VERSION_NUMBERS[httpVersion] << 1) | Number(scheme === 'https')
  return (ends << 9) | (methodNumber(exchange.method) << 5) | leg
}

/** Attributes of `http.server.request.duration`. */
export function exchangeAttributes(
  exchange: Exchange,
  route: string,
  service: string,
  words: Words,
): MetricAttributes {
  const status = statusOf(exchange.status)
  const version = protocolVersion(exchange)
  const type = errorType(exchange)
  return {
    'http.request.method': methodOf(exchange),
    'url.scheme': exchange.scheme === 'https' ? 'https' : 'http',
    ...(status > 0 && { 'http.response.status_code': String(status) }),
    ...(route !== '' && { 'http.route': route }),
    ...(version !== undefined && { 'network.protocol.version': version }),
    ...(type !== undefined && { 'error.type': words.attribute(type) }),
    ...(service !== '' && { 'postern.service': service }),
    'postern.seat': exchange.seat,
  }
}

/** 0 for none. Whoever makes up a status of his own must not make up series. */
export function statusOf(status: number): number {
  return status >= 100 && status <= 599 ? status : 0
}

/** 0 for a word that is no known method. */
export function methodNumber(method: string): number {
  return METHOD_NUMBERS.get(method) ?? 0
}
