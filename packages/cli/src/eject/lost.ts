/** What is lost without the gateway: what the configuration used, and what every gateway gives. */
import { asText } from '../as-text.ts'
import { isRecord } from '../config/validate.ts'
import { type Data, type Source, serviceOf, servicesIn } from './source.ts'

/** One thing that callers and callee do without from now on, or differently. */
export interface Loss {
  readonly feature: string
  readonly what: string
}

/** Everything that is lost for one service, what the configuration used first. */
export function lossesOf(source: Source, name: string): Loss[] {
  const service = source.services[name] ?? {}
  const routes = source.routes.filter((route) =>
    servicesIn(route['to']).some((to) => serviceOf(source, to) === name),
  )
  const uses = (key: string): boolean =>
    service[key] !== undefined || routes.some((route) => route[key] !== undefined)
  const found: Loss[] = []
  for (const [key, what] of SHARED) if (uses(key)) found.push({ feature: key, what })
  for (const alias of [service['aliases'] ?? []].flat()) found.push(aliasLoss(alias))
  for (const route of routes) found.push(...routeLosses(route))
  const auth = source.plugins.find(({ short }) => short === 'auth')
  const options = isRecord(auth?.options) ? auth.options : {}
  if (auth && auth.use === undefined)
    found.push({
      feature: 'auth',
      what: 'Its options stand in code: the modules import them from the configuration. Move them over before you delete it.',
    })
  for (const [key, what] of AUTH) if (options[key] !== undefined) found.push({ feature: `auth.${key}`, what })
  const listen = isRecord(source.data['listen']) ? source.data['listen'] : {}
  if (listen['tls'] !== undefined)
    found.push({
      feature: 'listen.tls',
      what: 'The gateway ended TLS: the service needs a certificate of its own, or callers speak plain text to it.',
    })
  if (source.data['requestIdHeader'] !== undefined)
    found.push({
      feature: 'requestIdHeader',
      what: 'Only a gateway with its own listener replaces the ids of strangers; between the two, the trace id is the one to search for.',
    })
  return dedupe([...found, ...ALWAYS])
}

const SHARED: readonly (readonly [key: string, what: string])[] = [
  [
    'retry',
    'Each caller repeats on its own: with ten callers an outage gets ten budgets (retryBudget), not one.',
  ],
  ['retryBudget', 'It holds for each caller process, no longer for all traffic.'],
  [
    'hedge',
    'Each caller hedges on its own, out of its own budget. The variant without Postern does not hedge.',
  ],
  ['breaker', 'Each caller process finds out for itself that the service fails, and opens its own breaker.'],
  [
    'health',
    'Each caller process checks and ejects for itself: active checks are multiplied by the number of callers.',
  ],
  [
    'balance',
    'Each caller process balances what it sends itself. The variant without Postern takes one endpoint after the other.',
  ],
  ['slowStartMs', 'It holds for what one caller sends.'],
  ['mirror', 'Callers send the copies.'],
  [
    'limits',
    '`concurrencyPerEndpoint` bounds one caller process, no longer the service: it needs a bound of its own. In the service, `requestBodyBytes` holds for announced bodies.',
  ],
  ['timeouts', "They are kept in the callers' modules: changing one means to deploy every caller."],
  ['discovery', 'Callers find the endpoints themselves, so each needs the rights and the network for it.'],
  [
    'tls',
    'Callers open the connections: each needs the authorities, and for mTLS a certificate, of its own.',
  ],
]

const AUTH: readonly (readonly [key: string, what: string])[] = [
  ['census', 'Each process counts for itself who calls with what.'],
  [
    'revocations',
    'The service reads the list itself: what is revoked in the gateway alone no longer counts.',
  ],
  ['outbound', 'Every caller needs the credentials that the gateway had: one secret becomes many.'],
  [
    'identity',
    "The service verifies callers itself, so the token that the gateway signed is made by the service for itself; take its check out of the service's own code.",
  ],
  ['mtls', "The service's own listener has to ask for client certificates."],
  ['forwardAuth', 'The service itself asks the service that decides.'],
  ['introspection', 'The service itself asks for every new token: its address and credentials go there.'],
  ['basic', 'Passwords are checked in the service, which costs it CPU, and it needs the file of users.'],
  ['apiKeys', 'The service needs the hashes of the keys, and each change of them.'],
]

const ALWAYS: readonly Loss[] = [
  {
    feature: 'one place',
    what: 'Auth, times and addresses are changed in every caller and in the service, with a deployment of each.',
  },
  { feature: 'topology', what: 'When the service moves, every caller changes, unless discovery finds it.' },
  {
    feature: 'one log',
    what: 'Each process writes its own access log. gw trace, gw edges and gw trace --continuity read them together; whoever has the files sees them.',
  },
  {
    feature: 'header rules',
    what: 'Nobody adds `Via`, `X-Forwarded-*` and `Forwarded`, or removes what strangers claim in them: the service must not believe them.',
  },
  {
    feature: 'strict HTTP',
    what: "What is ambiguous in bytes (RFC 9112) is the service's own parser's business. Ambiguous paths are still refused by the guard.",
  },
  {
    feature: 'other languages',
    what: 'A caller in another language uses the address alone; a service in another language has no seat for the guard and has to check callers itself before anybody is let in.',
  },
]

function aliasLoss(alias: unknown): Loss {
  const { name, until } = isRecord(alias) ? alias : { name: alias, until: undefined }
  const date = until instanceof Date ? until.toISOString().slice(0, 10) : until
  return {
    feature: `alias ${String(name)}`,
    what: `The old name goes on in the caller's module alone${date === undefined ? '' : ` (until ${asText(date)})`}; nobody counts any longer who still uses it.`,
  }
}

function routeLosses(route: Data): Loss[] {
  const rewrite = isRecord(route['rewrite']) ? route['rewrite'] : {}
  const found: Loss[] = []
  if (route['stripPrefix'] === true || rewrite['path'] !== undefined)
    found.push({
      feature: 'path rewrite',
      what: "The caller's module does it. A caller without the module has to ask for the path that the service knows.",
    })
  for (const side of ['requestHeaders', 'responseHeaders', 'query'])
    if (rewrite[side] !== undefined)
      found.push({
        feature: `rewrite.${side}`,
        what: "The caller's module does it, and the variant without Postern does not.",
      })
  const to = route['to']
  if (
    isRecord(to) &&
    Array.isArray(to['rules']) &&
    JSON.stringify(to['rules']).match(/"(?:caller|issuer|scheme|scopes)":/)
  )
    found.push({
      feature: 'rules by caller',
      what: 'The guard runs in the service, after the target was chosen: rules on the caller never fit, and `otherwise` gets the requests.',
    })
  else if (isRecord(to))
    found.push({
      feature: 'split or rules',
      what: "The caller's module chooses. The variant without Postern sends everything to this service.",
    })
  return found
}

function dedupe(losses: readonly Loss[]): Loss[] {
  return losses.filter(
    ({ feature, what }, index) =>
      index === losses.findIndex((other) => other.feature === feature && other.what === what),
  )
}
