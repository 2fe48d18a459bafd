/** A configuration in the making, and the list of what will be different with it. */
import { asText } from '../as-text.ts'

/** How much a difference asks of whoever migrates. */
export type ChangeKind =
  /** Must be filled in, or the route does not serve. */
  | 'open'
  /** Cannot be said in configuration: something is lost unless it is done elsewhere. */
  | 'lost'
  /** Works, and behaves differently. */
  | 'changed'

/** One behaviour that will change. */
export interface Change {
  readonly kind: ChangeKind
  /** Option, policy or construct that it is about. */
  readonly option: string
  /** What changes and what to do. Holds no value of a secret. */
  readonly what: string
  /** `file:line` of what it comes from. */
  readonly where?: string | undefined
}

/** A service of the configuration to be. */
export interface ServiceDraft {
  readonly endpoints: readonly string[]
  readonly balance?: 'round-robin' | undefined
  readonly tls?: Readonly<Record<string, unknown>> | undefined
  readonly protocol?: 'http2' | undefined
}

/** A route of the configuration to be: keys of plugin-routing. */
export interface RouteDraft {
  readonly match: Readonly<Record<string, unknown>>
  readonly to: string
  readonly stripPrefix?: true | undefined
  readonly rewrite?: Readonly<Record<string, unknown>> | undefined
  readonly retry?: Readonly<Record<string, unknown>> | undefined
  readonly mirror?: Readonly<Record<string, unknown>> | undefined
  readonly timeouts?: Readonly<Record<string, number>> | undefined
  readonly limits?: Readonly<Record<string, number>> | undefined
  readonly plugins?: Readonly<Record<string, unknown>> | undefined
}

/** Where what is said next comes from. */
export type Place = string | undefined

/** Collects services, routes and changes. */
export class Draft {
  readonly services = new Map<string, ServiceDraft>()
  readonly routes: RouteDraft[] = []
  readonly changes: Change[] = []
  /** Options of core: `upgrades`, `requestIdHeader`. */
  readonly options: Record<string, unknown> = {}
  /** Options of plugin-auth, when something asks for it. */
  auth: Record<string, unknown> | undefined
  listen: Record<string, unknown> | undefined
  /** Files beside the configuration that it names. */
  readonly files = new Map<string, string>()
  /** Environment variables that hold what the configuration must not. */
  readonly env = new Set<string>()
  /** Values that came out of the environment, with the variable: a secret among them is named by that. */
  readonly envOfValue = new Map<string, string>()
  /** Whether something proxied WebSocket: if nothing did, nothing shall. */
  hasWebSocket = false

  /** Says a change, once. */
  change(kind: ChangeKind, option: string, what: string, where?: Place): void {
    const same = this.changes.some(
      (other) => other.option === option && other.what === what && other.where === where,
    )
    if (!same) this.changes.push({ kind, option, what, where })
  }

  /** The name of the service at these addresses; a new one is named after its host, or after the path for an address of this machine. */
  service(service: ServiceDraft, path: string): string {
    const text = JSON.stringify(service)
    for (const [name, known] of this.services) if (JSON.stringify(known) === text) return name
    const wanted = serviceName(service.endpoints[0] ?? '', path)
    let name = wanted
    for (let count = 2; this.services.has(name); count++) name = `${wanted}-${count}`
    this.services.set(name, service)
    return name
  }

  /** Adds a route. Of two with the same match the old proxies took the first, and the gateway would not start. */
  route(route: RouteDraft, where: Place): void {
    const match = JSON.stringify(sorted(route.match))
    if (this.routes.some((other) => JSON.stringify(sorted(other.match)) === match)) {
      this.change(
        'changed',
        'order of routes',
        `A second proxy for ${describeMatch(route.match)} is left out: the first one got its requests.`,
        where,
      )
      return
    }
    this.routes.push(route)
  }

  /** A reference to a secret in the environment, in place of its value. */
  secret(name: string): { readonly env: string } {
    this.env.add(name)
    return { env: name }
  }
}

/** A match in words. */
export function describeMatch(match: Readonly<Record<string, unknown>>): string {
  const { host, path, exactPath, pathPattern } = match
  return asText(host) + asText(exactPath ?? pathPattern, `${asText(path)}/*`)
}

function serviceName(endpoint: string, path: string): string {
  const host = URL.parse(endpoint)?.hostname ?? ''
  const isLocal = host === '' || host === 'localhost' || /^[\d.]+$|^\[/.test(host)
  const segment = path
    .split('/')
    .findLast((part) => /^[a-z][\w-]*$/i.test(part) && !/^(?:api|v\d+)$/i.test(part))
  const first = path.split('/').find((part) => /^[a-z][\w-]*$/i.test(part))
  const name = isLocal ? (segment ?? first ?? 'service') : (host.split('.')[0] ?? 'service')
  return name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-')
}

function sorted(record: Readonly<Record<string, unknown>>): unknown {
  return Object.entries(record).sort(([a], [b]) => a.localeCompare(b))
}
