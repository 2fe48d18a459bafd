/** Sends the same safe requests through the gateway and directly, and says where the answers differ. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { createGateway, type Gateway } from '@postern/core'
import { isLoopback } from '../config/admin.ts'
import { findPlugin } from '../config/plugins.ts'
import { Secrets } from '../config/secrets.ts'
import { isRecord } from '../config/validate.ts'
import { messageOf, UsageError } from '../errors.ts'
import { callerRoutes, callerServices } from './caller-routes.ts'
import { addressesOf } from './plain-module.ts'
import type { Source } from './source.ts'

/** What is sent, and where. */
export interface CheckPlan {
  readonly source: Source
  readonly service: string
  /** URL of the running gateway. */
  readonly gateway: string
  /** Address of the service, in place of those of the configuration. */
  readonly direct: string | undefined
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>
  /** Headers of the answers that must be equal. */
  readonly compare: readonly string[]
}

/** A request that may be sent. */
export interface SafeRequest {
  readonly method: 'GET' | 'HEAD'
  /** Path with query. */
  readonly path: string
}

/** Two answers to one request. */
export interface Comparison extends SafeRequest {
  /** What differs: `status 200, directly 401`. Empty when nothing does. */
  readonly differences: readonly string[]
}

/** What is in a list of URLs or a log. */
export interface Samples {
  readonly requests: readonly SafeRequest[]
  /** Requests of a log that are not sent, since they may change something. */
  readonly unsafe: number
}

const TIMEOUT_MS = 10_000

/**
 * Requests of a file: lines of a gateway's access log that went to the service, or `GET /path`, `/path`, URLs.
 *
 * @throws {UsageError} for a list with another method, and for a file that is neither.
 */
export async function readSamples(file: string, service: string, count: number): Promise<Samples> {
  const found = new Map<string, SafeRequest>()
  let unsafe = 0
  for await (const raw of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const request = line.startsWith('{') ? ofLog(line, service) : ofList(line)
    if (request === 'unsafe') unsafe++
    else if (request) found.set(`${request.method} ${request.path}`, request)
  }
  return { requests: evenly([...found.values()], count), unsafe }
}

function ofLog(line: string, service: string): SafeRequest | 'unsafe' | undefined {
  const fields = parse(line)
  if (fields?.['service'] !== service || typeof fields['path'] !== 'string' || fields['path'] === '')
    return undefined
  const { method, path } = fields
  return method === 'GET' || method === 'HEAD' ? { method, path } : 'unsafe'
}

function ofList(line: string): SafeRequest {
  const [, method = 'GET', target = ''] = /^(?:([A-Za-z]+)\s+)?(\S+)$/.exec(line) ?? []
  const upper = method.toUpperCase()
  if (upper !== 'GET' && upper !== 'HEAD')
    throw new UsageError(
      `"${upper} ${target}" is not sent: only GET and HEAD are, since others may change something twice.`,
    )
  const url = target.startsWith('/') ? URL.parse(target, 'http://gateway') : URL.parse(target)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new UsageError(`"${line.slice(0, 80)}" is neither a path, a URL, nor a line of an access log.`)
  return { method: upper, path: url.pathname + url.search }
}

/** As many as wanted, spread over all. */
function evenly<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all]
  return Array.from({ length: count }, (_, index) => all[Math.floor((index * all.length) / count)] as T)
}

/** @throws {UsageError} when an address is neither on this machine nor given for this. */
export async function compareBoth(plan: CheckPlan, requests: readonly SafeRequest[]): Promise<Comparison[]> {
  const addresses = plan.direct === undefined ? addressesOf(plan.source.services[plan.service] ?? {}) : []
  const far = addresses.find((address) => !isLocalUrl(address))
  if (far !== undefined || (addresses.length === 0 && plan.direct === undefined))
    throw new UsageError(
      `${far === undefined ? `The addresses of ${plan.service} are found at run time` : `${far} is not on this machine`}: say with --direct URL where requests may be sent.`,
    )
  const direct = await directGateway(plan)
  try {
    const dispatcher = direct.dispatcher()
    const results: Comparison[] = []
    for (const request of requests) {
      const url = new URL(request.path, plan.gateway).href
      const before = await ask(url, request, plan)
      const after = await ask(url, request, plan, { dispatcher })
      results.push({ ...request, differences: differences(before, after, plan.compare) })
    }
    return results
  } finally {
    await direct.close()
  }
}

/** The routing of the caller's module, in this process. */
async function directGateway({ source, service, gateway, direct }: CheckPlan): Promise<Gateway> {
  const { hostname } = new URL(gateway)
  const services = { ...callerServices(source, service, hostname) }
  if (direct !== undefined) {
    const rest = without(services[service] as Readonly<Record<string, unknown>>, ['discovery', 'endpoints'])
    services[service] = { ...rest, endpoints: [direct] }
  }
  // One request must be one request: nothing is repeated, hedged or copied while two answers are compared.
  const routes = callerRoutes(source, service, hostname).map((route) => without(route, REPEATING))
  const secrets = new Secrets(dirname(source.file))
  const options = secrets.replace({ services, routes }, [])
  if (secrets.issues[0]) throw new UsageError(`${secrets.issues[0].message}, and the route needs it.`)
  const found = await findPlugin('@postern/plugin-routing', source.file)
  if (found.problem !== undefined) throw new UsageError(found.problem)
  const { timeouts } = source.data as { timeouts?: object }
  return createGateway([found.factory(options, {})], { logger: false, ...(timeouts ? { timeouts } : {}) })
}

/** Keys of a route by which one request becomes several, and settings of plugins that are not there. */
const REPEATING = ['retry', 'hedge', 'mirror', 'plugins']

function without(
  record: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)))
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly hash: string
  readonly bytes: number
}

async function ask(
  url: string,
  { method }: SafeRequest,
  { headers }: CheckPlan,
  more: object = {},
): Promise<Answer | string> {
  try {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...more,
    })
    const body = new Uint8Array(await response.arrayBuffer())
    return {
      status: response.status,
      headers: response.headers,
      hash: createHash('sha256').update(body).digest('hex'),
      bytes: body.length,
    }
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    return isRecord(cause) && typeof cause['code'] === 'string' ? cause['code'] : messageOf(cause)
  }
}

function differences(before: Answer | string, after: Answer | string, compare: readonly string[]): string[] {
  const said = (answer: Answer | string): string =>
    typeof answer === 'string' ? answer : String(answer.status)
  if (typeof before === 'string' || typeof after === 'string' || before.status !== after.status)
    return [`status ${said(before)}, directly ${said(after)}`]
  const headers = compare.flatMap((name) => {
    const [one, other] = [before.headers.get(name), after.headers.get(name)]
    return one === other ? [] : [`${name} ${one ?? 'missing'}, directly ${other ?? 'missing'}`]
  })
  const isSame = before.hash === after.hash
  return isSame
    ? headers
    : [
        ...headers,
        `body of ${before.bytes} bytes (${before.hash.slice(0, 8)}), directly ${after.bytes} (${after.hash.slice(0, 8)})`,
      ]
}

/** Whether a URL is on this machine. */
export function isLocalUrl(url: string): boolean {
  const { hostname = '' } = URL.parse(url) ?? {}
  return isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'))
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
