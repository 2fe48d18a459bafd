/** Span names and attributes after the stable HTTP semantic conventions of OpenTelemetry (1.23 and later). */

import type { Attributes } from '@opentelemetry/api'
import type { Attempt, Endpoint, Exchange, Verdict } from '@postern/core'

/**
 * Methods that may stand in span names and attributes; a client may send any word, and each would make a new
 * series.
 */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH QUERY'.split(' '),
)

/** The method as a span's name has it: `HTTP` in place of a word that nobody knows. Names client spans. */
export function methodName({ method }: Exchange): string {
  return KNOWN_METHODS.has(method) ? method : 'HTTP'
}

/** Name of a server span: `{method} {route id}`; never a path. */
export function spanName(exchange: Exchange): string {
  const method = methodName(exchange)
  return exchange.route === null ? method : `${method} ${exchange.route.id}`
}

/** What is known of an exchange when its server span starts. */
export function exchangeAttributes(exchange: Exchange): Attributes {
  const attributes: Attributes = {
    'url.scheme': exchange.scheme,
    'url.path': exchange.path,
    'postern.exchange.id': exchange.id,
    'postern.seat': exchange.seat,
  }
  addMethod(attributes, exchange)
  addServer(attributes, splitAuthority(exchange.authority))
  const version = protocolVersion(exchange)
  if (version !== undefined) attributes['network.protocol.version'] = version
  if (exchange.clientAddress !== '') attributes['client.address'] = exchange.clientAddress
  return attributes
}

/** What is known of an exchange when it is over. */
export function exchangeEndAttributes(exchange: Exchange): Attributes {
  const attributes: Attributes = {}
  const type = errorType(exchange)
  if (exchange.status > 0) attributes['http.response.status_code'] = exchange.status
  if (exchange.route !== null) attributes['http.route'] = exchange.route.id
  const service = serviceOf(exchange)
  if (service !== '') attributes['postern.service'] = service
  if (exchange.error !== null) attributes['postern.error.code'] = exchange.error.code
  if (type !== undefined) attributes['error.type'] = type
  return attributes
}

/** The service that answered or was tried last; of a route that leads to several it need not be the route's own. */
export function serviceOf({ endpoint, route }: Exchange): string {
  return endpoint?.service || (route?.service ?? '')
}

/**
 * The `error.type` of a server span; `undefined` when it is no error of ours: a refused or mistaken request
 * (4xx) is the client's, and so is a client that went away.
 */
export function errorType({ error, status }: Exchange): string | undefined {
  if (error !== null) return error.source === 'client' ? undefined : error.code
  return status >= 500 ? String(status) : undefined
}

/** What is known of an attempt before it is sent: not its endpoint, which is told when it has ended. */
export function attemptAttributes(exchange: Exchange): Attributes {
  const attributes: Attributes = {}
  addMethod(attributes, exchange)
  if (exchange.attempt !== null) attributes['http.request.resend_count'] = exchange.attempt.number
  return attributes
}

/** What is known of an attempt when it has ended. The query stays out: it may carry personal data. */
export function attemptEndAttributes(exchange: Exchange, attempt: Attempt): Attributes {
  const attributes: Attributes = {}
  if (attempt.endpoint !== null) {
    addServer(attributes, endpointAddress(attempt.endpoint))
    attributes['url.full'] = `${attempt.endpoint.origin}${attempt.endpoint.basePath}${exchange.upstreamPath}`
  }
  if (attempt.status > 0) attributes['http.response.status_code'] = attempt.status
  const type = attemptErrorType(attempt)
  if (type !== undefined) attributes['error.type'] = type
  return attributes
}

/** The `error.type` of an attempt: to its client, a status from 400 on is an error. */
export function attemptErrorType({ error, status }: Attempt): string | undefined {
  if (error !== null) return error.code
  return status >= 400 ? String(status) : undefined
}

/** A guard's verdict, as the attributes of an event. */
export function verdictAttributes({ plugin, mode, decision, reason }: Verdict): Attributes {
  return {
    'postern.plugin': plugin,
    'postern.mode': mode,
    'postern.decision': decision,
    'postern.reason': reason,
  }
}

/** As the conventions write it: `2`, not `2.0`; `undefined` where the request never was on a wire. */
export function protocolVersion({ httpVersion }: Exchange): string | undefined {
  return httpVersion === '2.0' ? '2' : httpVersion || undefined
}

/** The method as attributes have it: `_OTHER` in place of a word that nobody knows. */
export function methodOf({ method }: Exchange): string {
  return KNOWN_METHODS.has(method) ? method : '_OTHER'
}

/** Adds the method, and beside `_OTHER` what it was; of a head that could not be read nobody knows. */
function addMethod(attributes: Attributes, exchange: Exchange): void {
  const method = methodOf(exchange)
  attributes['http.request.method'] = method
  if (method !== exchange.method && exchange.method !== '')
    attributes['http.request.method_original'] = exchange.method
}

/** Adds `server.address` and `server.port`, as far as they are known: HTTP/1.0 needs no `host`. */
function addServer(attributes: Attributes, { address, port }: ServerAddress): void {
  if (address !== '') attributes['server.address'] = address
  if (port !== undefined && port > 0) attributes['server.port'] = port
}

interface ServerAddress {
  readonly address: string
  readonly port: number | undefined
}

/** Host and port of an endpoint, the scheme's own port where its URL has none. */
export function endpointAddress({ authority, origin }: Endpoint): {
  readonly address: string
  readonly port: number
} {
  const { address, port = origin.startsWith('https:') ? 443 : 80 } = splitAuthority(authority)
  return { address, port }
}

/** Brackets of an IPv6 address are not part of it. */
function splitAuthority(authority: string): ServerAddress {
  const colon = authority.lastIndexOf(':')
  const hasPort = colon > authority.lastIndexOf(']')
  const host = hasPort ? authority.slice(0, colon) : authority
  return {
    address: host.startsWith('[') ? host.slice(1, -1) : host,
    port: hasPort ? Number(authority.slice(colon + 1)) : undefined,
  }
}
