/**
 * Every option of the packages that `gw migrate` reads, and what becomes of it. docs/gw-migrate.md shows these tables, and a test
 * holds the two equal. Sources: the READMEs and types of @fastify/http-proxy 11, @fastify/reply-from 12, http-proxy-middleware 2 to 4,
 * fast-gateway 5, and the policy schemas of express-gateway 1.16.
 */
import type { ChangeKind, Draft, Place } from './draft.ts'
import type { Options } from './values.ts'

/** What becomes of an option: something in the configuration, nothing that anybody would miss, or a change to know of. */
export type Fate = 'becomes' | 'nothing' | Exclude<ChangeKind, 'open'>

/** What becomes of an option, and in which words. */
export type Row = readonly [fate: Fate, words: string]

/** Options by name. */
export type Table = Readonly<Record<string, Row>>

const TRANSFORM =
  'Code does not move. Constant headers: `rewrite.requestHeaders` or `rewrite.responseHeaders` of the route; the rest: a plugin (docs/writing-a-plugin.md) or the service.'
const GUARD =
  'Code does not move. If it decides who may call: plugin-auth, in `shadow` mode first; the rest: a plugin (docs/writing-a-plugin.md) or the service.'
const OWN_CONNECTIONS =
  'The gateway keeps its own connections: `limits.concurrencyPerEndpoint`, `timeouts.connectMs`, `tls` of the service.'

/** Options of http-proxy, which http-proxy-middleware and express-gateway hand on. */
export const HTTP_PROXY: Table = {
  target: ['becomes', '`services.<name>.endpoints`, `routes[].to`'],
  forward: ['becomes', '`routes[].mirror.to`; without a target the old proxy answered nothing: see `target`'],
  changeOrigin: ['becomes', '`rewrite.host: keep` where it is false, the default; nothing where it is true'],
  headers: ['becomes', '`rewrite.requestHeaders.set`; values of secret headers as `{ env }`'],
  auth: [
    'becomes',
    '`rewrite.requestHeaders.set.authorization` as `{ env }`: `Basic` and user:password in base64',
  ],
  secure: ['becomes', '`services.<name>.tls.verify: false` where it is false'],
  ws: ['becomes', '`upgrades`: none where no proxy had it'],
  proxyTimeout: ['becomes', '`timeouts.headersMs`, `timeouts.idleMs`'],
  timeout: ['becomes', '`timeouts.idleMs`'],
  ignorePath: ['becomes', '`rewrite.path.template` with the path of the target'],
  prependPath: ['becomes', 'the path of the endpoint; where it is false the endpoint has none'],
  xfwd: [
    'changed',
    '`X-Forwarded-*`, `Forwarded` and `Via` are always sent, and what an untrusted client sent is replaced: name proxies in front in `trustedProxies`.',
  ],
  autoRewrite: ['changed', '`Location` of the upstream is mapped back on its own (`rewrite.mapBack`).'],
  hostRewrite: [
    'changed',
    '`Location` of the upstream is mapped back to what the client asked for (`rewrite.mapBack`), not to another host.',
  ],
  protocolRewrite: [
    'changed',
    '`Location` is mapped back as a path, so that the protocol stays the one that the client used.',
  ],
  cookieDomainRewrite: [
    'changed',
    'Cookies of the upstream are mapped back: a domain of the upstream is taken out. Other domains stay as they are.',
  ],
  cookiePathRewrite: [
    'changed',
    'The path of a cookie is mapped back with the path of the route. Other changes are for the service.',
  ],
  followRedirects: [
    'lost',
    'Redirects go to the client, never around its back: the service has to answer itself, or the caller follows.',
  ],
  selfHandleResponse: ['lost', TRANSFORM],
  buffer: [
    'lost',
    'Bodies stream. What the handler before read has to be read in a plugin, or in the service.',
  ],
  method: ['lost', 'A request keeps its method: change it in the caller or the service.'],
  toProxy: ['lost', 'There is no proxy between the gateway and its services.'],
  localAddress: ['lost', 'The system chooses the address that connections come from.'],
  lookup: ['lost', 'Names are resolved by the system, or by `services.<name>.discovery`.'],
  agent: ['changed', OWN_CONNECTIONS],
  ssl: [
    'lost',
    'Certificates of the listener: `listen.tls`. Towards the upstream: `tls` of the service, keys as `{ file }`.',
  ],
  preserveHeaderKeyCase: ['nothing', 'names of headers keep the case in which they came'],
}

/** Options of http-proxy-middleware's own. */
export const HTTP_PROXY_MIDDLEWARE: Table = {
  pathFilter: ['becomes', '`match.path`, one route for each path; globs and functions are listed'],
  context: ['becomes', 'as `pathFilter` (the first argument of version 2)'],
  pathRewrite: [
    'becomes',
    '`stripPrefix`, `rewrite.path.replacePrefix`, for `^/prefix` → text; other expressions and functions are listed',
  ],
  router: ['becomes', 'one more route for each host or path of the table; a function is listed'],
  on: ['lost', TRANSFORM],
  onProxyReq: ['lost', TRANSFORM],
  onProxyRes: ['lost', TRANSFORM],
  onProxyReqWs: ['lost', TRANSFORM],
  onError: [
    'changed',
    'Failures are answered by the gateway: 502, 503 or 504 as `application/problem+json` with a code (docs/errors.md).',
  ],
  onOpen: ['lost', 'Messages of a WebSocket pass unseen: count in the service.'],
  onClose: ['lost', 'Messages of a WebSocket pass unseen: count in the service.'],
  plugins: ['lost', TRANSFORM],
  ejectPlugins: ['nothing', 'there are no built-in plugins to take out'],
  logger: [
    'changed',
    'plugin-trace writes the access log; `logger` and `logLevel` of the gateway say the rest.',
  ],
  logLevel: ['changed', 'plugin-trace writes the access log; `logLevel` of the gateway says the rest.'],
  logProvider: [
    'changed',
    'plugin-trace writes the access log; `logger` of the gateway takes a pino logger.',
  ],
}

/** Options of @fastify/http-proxy, with those of @fastify/reply-from that it hands on. */
export const FASTIFY_HTTP_PROXY: Table = {
  upstream: ['becomes', '`services.<name>.endpoints`, `routes[].to`'],
  prefix: [
    'becomes',
    '`match.path` with `stripPrefix`; with parameters `match.pathPattern` and `rewrite.path.template`',
  ],
  rewritePrefix: ['becomes', '`rewrite.path.replacePrefix`; without a prefix the path of the endpoint'],
  httpMethods: ['becomes', '`match.method`; without it every method passes, the old default knew seven'],
  routes: ['becomes', '`match.exactPath` where it is `/` alone; other lists are listed'],
  websocket: ['becomes', '`upgrades`: none where no proxy had it'],
  wsUpstream: ['becomes', 'a second route for requests with `Upgrade: websocket`'],
  http2: ['becomes', '`services.<name>.protocol: http2`'],
  http: ['becomes', '`timeouts.headersMs` from `requestOptions.timeout`; agents are listed'],
  undici: ['becomes', '`timeouts` from `headersTimeout`, `bodyTimeout`; other settings are listed'],
  timeout: ['becomes', '`timeouts.headersMs`'],
  retriesCount: ['becomes', '`retry`, `limits.attempts`'],
  retryMethods: ['becomes', '`retry.methods`'],
  replyOptions: ['becomes', 'see the rows below'],
  preHandler: ['lost', GUARD],
  beforeHandler: ['lost', GUARD],
  preValidation: ['lost', GUARD],
  handler: ['lost', TRANSFORM],
  preRewrite: [
    'lost',
    'Paths change by `rewrite.path`; what a function decides is for a plugin or the service.',
  ],
  config: ['nothing', 'only hooks of the application read it'],
  constraints: ['lost', 'Conditions on host and headers: `match.host`, `match.headers`.'],
  proxyPayloads: ['changed', 'Bodies stream through in every case.'],
  maxRetriesOn503: [
    'changed',
    'A 503 is repeated by `retry.on: [gateway-error]` with `honorRetryAfter`, within a budget; by default it goes to the client.',
  ],
  retryDelay: ['lost', 'Waiting is `retry.backoffMs` and `retry.maxBackoffMs`, never a function.'],
  internalRewriteLocationHeader: ['becomes', '`rewrite.mapBack: false` where it is false'],
  wsServerOptions: ['changed', "A WebSocket is a raw tunnel: settings of frames are the service's."],
  wsClientOptions: ['changed', 'A WebSocket is a raw tunnel with the headers of the client.'],
  wsReconnect: ['lost', 'A WebSocket that breaks is closed at both ends; the client connects again.'],
  wsHooks: ['lost', 'Messages of a WebSocket pass unseen: count in the service.'],
  contentTypesToEncode: ['nothing', 'bodies are never parsed'],
  disableRequestLogging: ['changed', '`accessLog` of plugin-trace says what is logged.'],
  cacheURLs: ['nothing', 'no cache of URLs is needed'],
  disableCache: ['nothing', 'no cache of URLs is needed'],
  globalAgent: ['changed', OWN_CONNECTIONS],
  destroyAgent: ['changed', OWN_CONNECTIONS],
  base: ['nothing', '`upstream` takes its place'],
}

/** `replyOptions` of @fastify/http-proxy. */
export const FASTIFY_REPLY: Table = {
  timeout: ['becomes', '`timeouts.headersMs`'],
  retriesCount: ['becomes', '`retry`, `limits.attempts`'],
  queryString: [
    'becomes',
    '`rewrite.query.set` of the object; the old proxy replaced the whole query, and a function is listed',
  ],
  onResponse: ['lost', TRANSFORM],
  onError: [
    'changed',
    'Failures are answered by the gateway: 502, 503 or 504 as `application/problem+json` with a code (docs/errors.md).',
  ],
  rewriteHeaders: ['lost', TRANSFORM],
  rewriteRequestHeaders: ['lost', TRANSFORM],
  getUpstream: [
    'lost',
    'Where a request goes is data: `match` of several routes, `to: { rules }` or `to: { split }`.',
  ],
  body: ['lost', 'A request keeps its body: change it in the caller or the service.'],
  method: ['lost', 'A request keeps its method: change it in the caller or the service.'],
  contentType: ['lost', '`rewrite.requestHeaders.set` can say a content type; the body stays as it is.'],
  retryDelay: ['lost', 'Waiting is `retry.backoffMs` and `retry.maxBackoffMs`, never a function.'],
}

/** Options of fast-gateway. */
export const FAST_GATEWAY: Table = {
  routes: ['becomes', '`routes`, see the rows below'],
  timeout: ['becomes', '`timeouts.headersMs` of routes without one of their own'],
  pathRegex: ['becomes', '`match.exactPath` where it is empty; other expressions than `/*` are listed'],
  targetOverride: ['becomes', '`services.<name>.endpoints` of every route'],
  middlewares: ['lost', GUARD],
  server: [
    'changed',
    'The gateway listens itself; routes that the server had beside are listed when they were seen.',
  ],
  restana: ['changed', 'The gateway listens itself: `listen`.'],
  proxyFactory: ['lost', 'A proxy of your own is a service of its own: put its address behind a route.'],
  enableServicesEndpoint: [
    'changed',
    'There is no GET /services.json; `gw explain` and the admin listener show routes and services.',
  ],
}

/** `routes[]` of fast-gateway. */
export const FAST_GATEWAY_ROUTE: Table = {
  prefix: ['becomes', '`match.path`; an expression is listed'],
  target: ['becomes', '`services.<name>.endpoints`, `routes[].to`'],
  prefixRewrite: [
    'becomes',
    '`stripPrefix` where it is empty, the default; else `rewrite.path.replacePrefix`',
  ],
  pathRegex: ['becomes', 'as above'],
  methods: ['becomes', '`match.method`; without it every method passes, the old default knew seven or eight'],
  timeout: ['becomes', '`timeouts.headersMs`'],
  http2: ['becomes', '`services.<name>.protocol: http2`'],
  proxyType: ['becomes', 'nothing for http; websocket: `upgrades`; lambda is listed, and gets no route'],
  hooks: ['lost', TRANSFORM],
  middlewares: ['lost', GUARD],
  urlRewrite: [
    'lost',
    'Paths change by `rewrite.path`; what a function decides is for a plugin or the service.',
  ],
  proxyHandler: ['lost', `Breakers: \`breaker\` of the service. ${TRANSFORM}`],
  fastProxy: ['changed', OWN_CONNECTIONS],
  proxyConfig: ['changed', OWN_CONNECTIONS],
  lambdaProxy: ['lost', 'Functions are no HTTP services: put their HTTP front into `endpoints`.'],
  docs: ['changed', 'There is no GET /services.json; `owner` of a service says who answers for it.'],
  disableQsOverwrite: ['nothing', 'the query is sent as it came, to the byte'],
  subProtocols: ['changed', 'A WebSocket is a raw tunnel: client and service agree on the protocol.'],
}

/** Policies of express-gateway's pipelines. */
export const EXPRESS_GATEWAY_POLICY: Table = {
  proxy: [
    'becomes',
    '`routes[]`; conditions `pathExact`, `method`, `hostMatch` and their `allOf` become the match, others are listed',
  ],
  'key-auth': [
    'becomes',
    '`apiKeys` of plugin-auth with a new file of keys: the old ones stand hashed in the database',
  ],
  'basic-auth': [
    'becomes',
    '`basic` of plugin-auth with a new file of users: the old ones stand hashed in the database',
  ],
  jwt: ['becomes', '`jwt` of plugin-auth; an inline secret as `{ env }`; issuer and audience are required'],
  'oauth2-introspect': ['becomes', '`introspection` of plugin-auth; the credentials as `{ env }`'],
  oauth2: [
    'lost',
    'express-gateway was the authorization server. Run one, and name it in `jwt` or `introspection`; until then the routes refuse.',
  ],
  headers: ['becomes', '`rewrite.requestHeaders.set` for constant values; expressions are listed'],
  'request-transformer': [
    'becomes',
    '`rewrite.requestHeaders` for constant headers; bodies are for the service',
  ],
  'response-transformer': [
    'becomes',
    '`rewrite.responseHeaders` for constant headers; bodies are for the service',
  ],
  log: ['changed', 'plugin-trace writes the access log: one line with fixed fields for every exchange.'],
  'rate-limit': [
    'lost',
    'Nothing limits rates now. Put it into the service or a plugin; `limits.concurrencyPerEndpoint` bounds what runs at once.',
  ],
  cors: [
    'lost',
    'Browsers get no CORS headers now: answer them in the service, or constant ones by `rewrite.responseHeaders` (preflights go to the service).',
  ],
  expression: ['lost', 'Code does not move: a plugin (docs/writing-a-plugin.md) or the service.'],
  terminate: ['lost', 'A fixed answer: leave the route out for 404, or put it into a service.'],
  rewrite: ['lost', '`rewrite.path` of the route; an expression has to become a match with parameters.'],
  'json-schema': ['lost', 'Bodies are not looked at: check them in the service.'],
}

/** Options of express-gateway's `proxy` beside those of http-proxy. */
export const EXPRESS_GATEWAY_PROXY: Table = {
  serviceEndpoint: ['becomes', '`routes[].to`'],
  strategy: ['becomes', '`services.<name>.balance: round-robin`'],
  stripPath: ['becomes', '`stripPrefix`'],
  proxyUrl: ['lost', 'There is no proxy between the gateway and its services.'],
  proxyOptions: ['becomes', 'as if they stood in the action'],
}

/** All tables with the headings under which the page shows them. */
export const TABLES: readonly (readonly [heading: string, table: Table])[] = [
  ['http-proxy (also of http-proxy-middleware and express-gateway)', HTTP_PROXY],
  ['http-proxy-middleware', HTTP_PROXY_MIDDLEWARE],
  ['@fastify/http-proxy', FASTIFY_HTTP_PROXY],
  ['@fastify/http-proxy: replyOptions', FASTIFY_REPLY],
  ['fast-gateway', FAST_GATEWAY],
  ['fast-gateway: routes[]', FAST_GATEWAY_ROUTE],
  ['express-gateway: policies', EXPRESS_GATEWAY_POLICY],
  ['express-gateway: proxy', EXPRESS_GATEWAY_PROXY],
]

/** Says what changes with the options that are set, and which of them nobody knows. `mapped` are those that code has dealt with. */
export function listChanges(
  draft: Draft,
  table: Table,
  options: Options,
  where: Place,
  mapped: readonly string[] = [],
): void {
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || value === false || value === null || mapped.includes(option)) continue
    const row = table[option]
    if (!row)
      draft.change(
        'lost',
        option,
        'Not an option that gw migrate knows: see what it did, and look for it in the routing options.',
        where,
      )
    else if (row[0] === 'changed' || row[0] === 'lost') draft.change(row[0], option, row[1], where)
  }
}
