import { Resolver } from 'node:dns'
import { isIP } from 'node:net'
import * as v from 'valibot'
import type { Discovery } from '../discovery/discovery.ts'
import { described, optionsOf } from './option-docs.ts'
import { ms, text } from './values.ts'

/** How a DNS server is asked. */
export interface DnsServerOptions {
  /**
   * Address of the DNS server, with a port or without: `127.0.0.1:5353`, `[::1]:5353`. Default: the system's servers, read
   * when the service starts. `/etc/hosts` and search domains are not looked at: names are whole.
   */
  readonly server?: string | undefined
  /** Which addresses are asked for. Default: `both`. */
  readonly type?: 'A' | 'AAAA' | 'both' | undefined
  /** Scheme of the endpoints. Default: `http`. */
  readonly scheme?: 'http' | 'https' | undefined
  /** Base path of the endpoints, put before the path of every request; starts with `/`. Default: none. */
  readonly path?: string | undefined
  /** The soonest that the name is asked for again after an answer, in milliseconds, whatever its TTL. Default: 1000. */
  readonly minTtlMs?: number | undefined
  /**
   * The latest that the name is asked for again after an answer, in milliseconds, whatever its TTL. Default: 300 000 for
   * `dns`, 30 000 for `srv`.
   */
  readonly maxTtlMs?: number | undefined
  /** How long a query waits for its answer, in milliseconds; it is sent twice at most. Default: 2000. */
  readonly timeoutMs?: number | undefined
}

/** Endpoints from A and AAAA records. */
export interface DnsOptions extends DnsServerOptions {
  /** The whole name: `orders.internal`. With the port it is what an endpoint sees as `Host`. */
  readonly name: string
  /** Port of every endpoint. */
  readonly port: number
}

/** Endpoints from SRV records (RFC 2782). */
export interface SrvOptions extends DnsServerOptions {
  /** The whole name: `_http._tcp.orders.internal`. An endpoint sees its record's target, with the port, as `Host`. */
  readonly name: string
}

/** Endpoints from a file. */
export interface FileOptions {
  /**
   * Its path: a list as in `endpoints` of a service, in YAML where the name ends with `.yaml` or `.yml`, else in JSON. Relative
   * to the working directory. YAML has to end with a line break, and is better replaced by renaming than written in place.
   */
  readonly path: string
  /** How often the file is looked at where the system does not tell of changes, in milliseconds. Default: 5000. */
  readonly pollMs?: number | undefined
}

/** Where the endpoints of a service come from, when they change while the gateway runs: one of the three, or an object. */
export type ServiceDiscovery = DnsDiscovery | SrvDiscovery | FileDiscovery | Discovery

/** Found in A and AAAA records. */
export interface DnsDiscovery {
  /** Endpoints from A and AAAA records, asked for again when their TTL ends. */
  readonly dns: DnsOptions
}

/** Found in SRV records. */
export interface SrvDiscovery {
  /** Endpoints from SRV records (RFC 2782), asked for again when their TTL ends. */
  readonly srv: SrvOptions
}

/** Found in a file. */
export interface FileDiscovery {
  /** Endpoints from a file, read again when it changes. */
  readonly file: FileOptions
}

/** Whether it is an object with a `watch` of its own. */
export function isDiscovery(value: unknown): value is Discovery {
  return typeof value === 'object' && value !== null && typeof (value as Discovery).watch === 'function'
}

/** Unreserved characters, sub-delims, `:`, `@` and percent escapes (RFC 3986 section 3.3), and no empty segment or dots. */
const BASE_PATH = /^\/(?!\/)(?!.*\/(?:\/|\.{1,2}(?:\/|$)))(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*$/
const BASE_PATH_NEEDED = 'Expected a path such as /orders/v1, without query, empty segments and dots'

const atLeast = (leastMs: number) => v.pipe(ms, v.minValue(leastMs))
const asked = {
  server: v.optional(v.pipe(text, v.check(isServer, 'Expected an IP address with or without port'))),
  type: v.optional(v.picklist(['A', 'AAAA', 'both'])),
  scheme: v.optional(v.picklist(['http', 'https'])),
  path: v.optional(v.pipe(v.string(), v.maxLength(2_048), v.regex(BASE_PATH, BASE_PATH_NEEDED))),
  minTtlMs: v.optional(atLeast(1)),
  maxTtlMs: v.optional(atLeast(1)),
  timeoutMs: v.optional(v.pipe(ms, v.minValue(1), v.maxValue(60_000))),
}
const name = v.pipe(
  text,
  v.check((given) => isIP(given) === 0, 'Expected a name: an address needs no DNS, give it in endpoints'),
  v.regex(/^[A-Za-z0-9_.-]{1,255}$/, 'Expected a name of letters, digits, "-", "_" and dots'),
)
/** The same for every kind of record. */
const ordered = <TOptions extends DnsServerOptions>() =>
  v.check<TOptions, string>(
    ({ minTtlMs = 0, maxTtlMs = Number.POSITIVE_INFINITY }) => minTtlMs <= maxTtlMs,
    'minTtlMs is above maxTtlMs',
  )

const port = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))
const dns = v.pipe(optionsOf('DnsOptions', { name, port, ...asked }), ordered())
const srv = v.pipe(optionsOf('SrvOptions', { name, ...asked }), ordered())
const file = optionsOf('FileOptions', { path: text, pollMs: v.optional(atLeast(1)) })

const source = v.pipe(
  v.strictObject({
    ...described('DnsDiscovery', { dns: v.optional(dns) }),
    ...described('SrvDiscovery', { srv: v.optional(srv) }),
    ...described('FileDiscovery', { file: v.optional(file) }),
  }),
  v.check(
    (given) => Object.values(given).filter((value) => value !== undefined).length === 1,
    'Expected exactly one of dns, srv and file, or an object with a watch method',
  ),
)

/** Schema of `ServiceDiscovery`. `wrapped` lets core find the known keys for its suggestions. */
export const discoverySchema: v.GenericSchema<ServiceDiscovery> = Object.assign(
  v.lazy(
    (given) =>
      (isDiscovery(given) ? v.custom(isDiscovery) : source) as unknown as v.GenericSchema<ServiceDiscovery>,
  ),
  { wrapped: source },
)

function isServer(given: string): boolean {
  try {
    new Resolver().setServers([given])
    return true
  } catch {
    return false
  }
}
