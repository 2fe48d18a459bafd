/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  ActiveHealthOptions: {
    path: {
      description: "Path and query to ask for, starting with `/`; the endpoint's base path is put before it.",
    },
    headers: { description: 'Headers to send, by name. Default: none.' },
    intervalMs: {
      description: 'How often each endpoint is asked, in milliseconds, give or take a tenth.',
      default: 10000,
    },
    timeoutMs: {
      description: 'How long a check may take, in milliseconds, connection and body included.',
      default: 2000,
    },
    expectStatus: { description: 'Status of a healthy answer, or several. Default: 200 to 299.' },
    expectBody: {
      description: 'Text that the first 65 536 bytes of the body must contain. Default: any body.',
    },
    healthyThreshold: { description: 'So many good checks in a row bring an endpoint back.', default: 2 },
    unhealthyThreshold: { description: 'So many bad checks in a row take it out.', default: 3 },
  },
  BreakerOptions: {
    failureRate: { description: 'Opens at a share of failed attempts. Default: none.' },
    consecutiveFailures: { description: 'Opens after so many failed attempts in a row. Default: none.' },
    statuses: {
      description:
        'Which statuses are failures, beside attempts without an answer: `gateway-error` for 502, 503 and 504, `5xx` for all from 500 on.',
      default: 'gateway-error',
    },
    grpcStatuses: {
      description:
        'Statuses of gRPC that are failures as well, in the head of an answer or in its trailers. Default: none.',
    },
    openMs: { description: 'How long it stays open, in milliseconds.', default: 10000 },
    halfOpenRequests: {
      description:
        'How many attempts it then lets through to find out: all of them must succeed for it to close.',
      default: 1,
    },
  },
  DeprecationOptions: {
    link: {
      description:
        '`https://` address of a page that says what to use instead, for `Link` with `rel="deprecation"`. Default: none.',
    },
  },
  DiscoveredEndpoint: {
    weight: {
      description: "Its share of the service's exchanges against the other endpoints', whatever the policy.",
      default: 1,
    },
    zone: { description: 'Where it runs: an availability zone, a rack. Default: none.' },
    address: { description: 'IP address to connect to. Default: the host of `url` is connected to.' },
  },
  DnsDiscovery: {
    dns: { description: 'Endpoints from A and AAAA records, asked for again when their TTL ends.' },
  },
  DnsOptions: {
    server: {
      description:
        "Address of the DNS server, with a port or without: `127.0.0.1:5353`, `[::1]:5353`. Default: the system's servers, read when the service starts.",
    },
    type: { description: 'Which addresses are asked for.', default: 'both' },
    scheme: { description: 'Scheme of the endpoints.', default: 'http' },
    path: {
      description:
        'Base path of the endpoints, put before the path of every request; starts with `/`. Default: none.',
    },
    minTtlMs: {
      description:
        'The soonest that the name is asked for again after an answer, in milliseconds, whatever its TTL.',
      default: 1000,
    },
    maxTtlMs: {
      description:
        'The latest that the name is asked for again after an answer, in milliseconds, whatever its TTL. Default: 300 000 for `dns`, 30 000 for `srv`.',
    },
    timeoutMs: {
      description: 'How long a query waits for its answer, in milliseconds; it is sent twice at most.',
      default: 2000,
    },
    name: { description: 'The whole name: `orders.internal`.' },
    port: { description: 'Port of every endpoint.' },
  },
  FailureRateOptions: {
    threshold: {
      description:
        'Share of failures among the attempts of the window, above 0 up to 1, from which on it is too much.',
    },
    windowMs: {
      description: 'How long an attempt counts, in milliseconds, give or take a tenth.',
      default: 10000,
    },
    minRequests: { description: 'With fewer attempts in that time nothing is concluded.', default: 20 },
  },
  FileDiscovery: { file: { description: 'Endpoints from a file, read again when it changes.' } },
  FileOptions: {
    path: {
      description:
        'Its path: a list as in `endpoints` of a service, in YAML where the name ends with `.yaml` or `.yml`, else in JSON.',
    },
    pollMs: {
      description:
        'How often the file is looked at where the system does not tell of changes, in milliseconds.',
      default: 5000,
    },
  },
  HashBalance: {
    hash: { description: 'What is hashed.' },
    boundedLoad: {
      description:
        'How many times the mean load, by weight, an endpoint may have; more of its keys go to their next best endpoint meanwhile.',
      default: 1.25,
    },
  },
  HashCookie: { cookie: { description: 'Its name, with case.' } },
  HashHeader: { header: { description: 'Its name, without case.' } },
  HeaderRewriteOptions: {
    add: { description: 'Lines to add after those that are there.' },
    set: { description: 'One line in place of all that are there.' },
    remove: { description: 'Headers to take out.' },
  },
  HealthOptions: {
    passive: {
      description:
        'What real exchanges say. Default: on, see `PassiveHealthOptions`; `ejectMs: 0` of the service turns it off.',
    },
    active: { description: 'What it says when asked. Default: nobody asks.' },
    panicThreshold: {
      description:
        "Panic: when less than this share of a service's endpoints is usable, all are used, since the few that are left would go down under the load of all.",
      default: 0.5,
    },
  },
  HedgeOptions: {
    afterMs: { description: 'How long an attempt may be without the head of an answer, in milliseconds.' },
    attempts: { description: 'How many attempts run side by side at most, the first included.', default: 2 },
  },
  HostRewrite: { name: { description: 'Host, with or without port.' } },
  MirrorOptions: {
    to: { description: 'Name of a service in `services`.' },
    percent: { description: 'Share of the requests that are copied, 0 to 100, by chance.', default: 100 },
    bodyBytes: {
      description: 'The largest body that is copied, in bytes; a request with a larger one is not.',
      default: 65536,
    },
    timeoutMs: { description: 'How long a copy may take in all, in milliseconds.', default: 10000 },
    maxInFlight: {
      description: 'How many copies of the route may run at once; above that, none is sent.',
      default: 32,
    },
  },
  PassiveHealthOptions: {
    consecutiveFailures: {
      description: 'So many failures in a row eject an endpoint; 0 for none.',
      default: 5,
    },
    failureRate: { description: 'Ejects by the share of failures. Default: none.' },
    statuses: {
      description: 'Which answers are failures: `gateway-error` is 502, 503 and 504, `5xx` any from 500 on.',
      default: 'gateway-error',
    },
    grpcStatuses: {
      description:
        'Statuses of gRPC that are failures as well, whether they come in the head of an answer or in its trailers. Default: none.',
    },
    outpaced: {
      description:
        'Whether an attempt that lost against a hedge counts as a failure, when it had been without a head for the `hedge.afterMs` of its route: so an endpoint that is slow each time is ejected, on routes with `hedge`.',
      default: false,
    },
    maxEjectMs: {
      description: 'No ejection lasts longer, in milliseconds; at least `ejectMs` counts.',
      default: 300000,
    },
    maxEjectedShare: {
      description:
        "No more than this share of a service's endpoints is ejected at once, 0 to 1, but one always may be.",
      default: 1,
    },
  },
  PathRewriteOptions: {
    replacePrefix: {
      description:
        'Put in place of `match.path`, by whole segments: with `/v2`, `/orders/7` of the prefix `/orders` is `/v2/7`.',
    },
    template: { description: 'The whole path, with parameters of `match.pathPattern`: `/v2/items/{id}`.' },
  },
  QueryRewriteOptions: {
    add: { description: 'Parameters to add at the end.' },
    set: { description: 'Parameters that take the place of all of their name, at the end.' },
    remove: { description: 'Parameters to take out, whatever their encoding.' },
  },
  RemoveNamesOptions: {
    unusedForDays: { description: 'For how many days nobody must have used it.', default: 14 },
    force: {
      description:
        'Old names that are taken out although callers use them: those calls will fail. Default: none.',
    },
  },
  RetryBudgetOptions: {
    ratio: { description: 'Share of the requests of the last ten seconds, 0 to 1.', default: 0.2 },
    minPerSecond: {
      description: 'Beside that share, so many in each second, for services with little traffic.',
      default: 1,
    },
  },
  RetryOptions: {
    on: {
      description:
        'What another attempt follows. Default: `connect`, `reset`, `timeout` and `gateway-error`.',
    },
    grpcStatuses: {
      description:
        "Statuses of gRPC that another attempt follows: of answers that are nothing but a head, since an answer whose trailers bring the status is the client's by then. Default: none.",
    },
    methods: {
      description:
        'Methods that are sent again after something of them was sent, upper case: the service may carry them out twice. Default: `GET`, `HEAD`, `OPTIONS` and `TRACE`.',
    },
    bodyBytes: {
      description:
        'How much of a request body is kept so that it can be sent again, in bytes, for every running request.',
      default: 65536,
    },
    backoffMs: {
      description:
        'Before the second attempt a random time up to this is waited, in milliseconds, and with each attempt the bound doubles.',
      default: 25,
    },
    maxBackoffMs: { description: 'The bound grows no further than this, in milliseconds.', default: 250 },
    honorRetryAfter: {
      description: "Whether an answer's `Retry-After`, in seconds or as a date, is waited for as well.",
      default: true,
    },
  },
  RewriteOptions: {
    path: { description: 'The path. Default: as matched.' },
    host: { description: '`upstream`: the authority of the endpoint.', default: 'upstream' },
    query: { description: 'The query.' },
    requestHeaders: { description: 'Headers of the request.' },
    responseHeaders: {
      description: "Headers of the upstream's answer; the gateway's own answers stay as they are.",
    },
    mapBack: {
      description:
        'Whether `Location`, `Content-Location` and `Set-Cookie` of the upstream are mapped back to what the client asked for.',
      default: true,
    },
  },
  RouteMatch: {
    host: {
      description:
        'Host that the client asked for, compared without case and without port: a name (`orders`, the logical name that callers use in the caller seat), or `*.suffix` for every name below the suffix, at any depth. Default: any.',
    },
    path: {
      description:
        'Path prefix, compared by whole segments: `/orders` matches `/orders`, `/orders/` and `/orders/7`, never `/orders2`. Default: any.',
    },
    exactPath: {
      description:
        'The whole path, compared as it stands; `/orders` does not match `/orders/`. Default: none.',
    },
    pathPattern: {
      description: 'The whole path, with parameters: `/orders/{id}/lines/{line}`. Default: none.',
    },
    method: { description: 'One method or several, upper case. Default: any.' },
    headers: { description: 'Headers by name, without case; all must fit. Default: any.' },
    query: { description: 'Parameters of the query by name, with case; all must fit. Default: any.' },
  },
  RouteOptions: {
    id: {
      description:
        'Unique; names the route in logs, metrics and spans. Default: the match in words, `orders/api/* (GET)`.',
    },
    match: { description: 'What a request must look like.' },
    to: {
      description:
        'Where it leads: the name of a service in `services`, a split of several by weight, or rules on the request.',
    },
    stripPrefix: {
      description: 'Whether the upstream gets the path without `match.path`: `/orders/7` → `/7`.',
      default: false,
    },
    retry: {
      description:
        'When a request is sent again. Default: only where no connection took it, to an endpoint that was not tried.',
    },
    hedge: {
      description:
        'When a slow request is sent a second time beside the first: the first answer wins, the other attempt is cancelled. Default: never.',
    },
    breaker: {
      description: 'When the route gets a pause, beside the breaker of its service. Default: never.',
    },
    rewrite: {
      description:
        'What changes on the way to the upstream and back. Default: nothing, but that redirects and cookies are mapped back.',
    },
    mirror: {
      description:
        'Copies of requests to another service, which never slow or fail the request itself. Default: none.',
    },
    timeouts: { description: "Times of this route, in milliseconds. Default: the gateway's." },
    limits: { description: "Limits of this route. Default: the gateway's." },
    plugins: {
      description:
        "Other plugins on this route, by short name: a mode, or settings with the plugin's route options. Default: none.",
    },
  },
  RoutingOptions: {
    ledger: {
      description:
        "Where uses of old names are written down. Default: one of the plugin's own, which outlives reloads and not the process; the view `names` shows either.",
    },
    deprecation: {
      description:
        'Whether responses to calls by an old name carry `Deprecation` (RFC 9745) and, with an `until`, `Sunset` (RFC 8594).',
      default: false,
    },
    removeNames: {
      description:
        'Refuses to start, or to reload, without a name or place that callers used lately, as the ledger knows. Default: `{ unusedForDays: 14 }` with a `ledger`, else false.',
    },
    zone: { description: 'Zone that this gateway runs in. Default: none, and every endpoint is as good.' },
    view: {
      description:
        'A window through which the host looks at the plugin as it runs: make it with `routingView()`, outside of the options that a reload makes anew. Default: none.',
    },
    services: { description: 'Services by name.' },
    routes: { description: 'Routes, in any order.' },
  },
  RulesTarget: {
    rules: { description: 'Looked at in their order: the first that fits leads.' },
    otherwise: { description: 'Where everything else goes: a service, or a split.' },
  },
  ServiceAlias: {
    name: { description: 'The old name, as the ledger and logs show it.' },
    movedFrom: {
      description: 'The place where callers still send their requests. Default: `name`, as a host.',
    },
    movedTo: {
      description:
        "The place that they should use: a request to the old place is treated as the same request to this one, by the routes with this very host (or without a host, for a path alone) at or below this path. Default: the service's own name, as a host.",
    },
    since: {
      description:
        'Since when the name is old, for the header `Deprecation`. Default: when the plugin was set up.',
    },
    until: { description: 'Until when callers may use it: `2027-03-01`, or with a time. Default: no end.' },
  },
  ServiceEndpoint: {
    weight: {
      description: "Its share of the service's exchanges against the other endpoints', whatever the policy.",
      default: 1,
    },
    zone: { description: 'Where it runs: an availability zone, a rack. Default: none.' },
  },
  ServiceOptions: {
    owner: { description: 'The team that answers for it. Default: none.' },
    endpoints: {
      description: 'Its addresses, `http://host:port[/base]` or `https://…`, at least one, each once.',
    },
    discovery: {
      description:
        'Where its addresses are found, when they change while the gateway runs: DNS, a file, or an object of your own.',
    },
    inProcess: {
      description:
        'Whether the service is the very process that the gateway runs in, so that it has a name and no address.',
      default: false,
    },
    aliases: {
      description: 'Names and places under which callers still use it: see `ServiceAlias`. Default: none.',
    },
    balance: { description: 'How an endpoint is chosen for an exchange.', default: 'p2c' },
    slowStartMs: {
      description:
        'How long the weight of an endpoint grows after the gateway first knew its address, or it came back from an ejection, from a tenth to the whole, in a straight line.',
      default: 0,
    },
    ejectMs: {
      description:
        'How long an endpoint is passed over after no connection to it could be made, or after other failures: see `health.passive`.',
      default: 10000,
    },
    health: {
      description:
        'How the gateway learns which of its endpoints are well. Default: from its exchanges alone.',
    },
    retryBudget: {
      description:
        'How many of its requests may be sent again, for all routes that lead here. Default: a fifth of the requests of the last ten seconds, and one a second.',
    },
    breaker: { description: 'When it gets a pause, for all routes that lead here. Default: never.' },
    protocol: {
      description: 'Version of HTTP that its endpoints are spoken to in; `http2` for gRPC.',
      default: 'http1',
    },
    tls: {
      description:
        "TLS towards its `https` endpoints. Default: certificates are checked against the system's authorities.",
    },
  },
  SplitPart: {
    to: { description: 'Name of a service in `services`.' },
    weight: { description: "Its share against the other parts'." },
  },
  SplitTarget: {
    split: { description: 'The services, each once.' },
    by: {
      description:
        'The same value, the same service, in every replica and after every reload; a changed weight moves as few values as it can.',
    },
  },
  SrvDiscovery: {
    srv: { description: 'Endpoints from SRV records (RFC 2782), asked for again when their TTL ends.' },
  },
  SrvOptions: {
    server: {
      description:
        "Address of the DNS server, with a port or without: `127.0.0.1:5353`, `[::1]:5353`. Default: the system's servers, read when the service starts.",
    },
    type: { description: 'Which addresses are asked for.', default: 'both' },
    scheme: { description: 'Scheme of the endpoints.', default: 'http' },
    path: {
      description:
        'Base path of the endpoints, put before the path of every request; starts with `/`. Default: none.',
    },
    minTtlMs: {
      description:
        'The soonest that the name is asked for again after an answer, in milliseconds, whatever its TTL.',
      default: 1000,
    },
    maxTtlMs: {
      description:
        'The latest that the name is asked for again after an answer, in milliseconds, whatever its TTL. Default: 300 000 for `dns`, 30 000 for `srv`.',
    },
    timeoutMs: {
      description: 'How long a query waits for its answer, in milliseconds; it is sent twice at most.',
      default: 2000,
    },
    name: { description: 'The whole name: `_http._tcp.orders.internal`.' },
  },
  TargetCondition: {
    headers: { description: 'Headers, as in `match.headers`. Default: any.' },
    query: { description: 'Parameters of the query, as in `match.query`. Default: any.' },
    caller: {
      description:
        'Who calls, one or several of which one must be it: the id of the principal that a guard verified. Default: any.',
    },
    issuer: {
      description:
        'Who vouches for the principal, one or several of which one must be it: the issuer of its token, as its guard says. Default: any.',
    },
    scheme: {
      description:
        'How the principal proved itself, one or several of which one must be it: `jwt`, `mtls`, as its guard says. Default: any.',
    },
    scopes: { description: 'Scopes of which the principal must hold all. Default: none.' },
  },
  TargetRule: {
    when: { description: 'What a request must look like.' },
    to: { description: 'A service, or a split.' },
  },
  ValueMatch: {
    exact: { description: 'The whole value; the same as giving the string.' },
    prefix: { description: 'How the value starts.' },
    present: { description: 'Whether it is there is all that counts, whatever its value.' },
  },
} as const

type Docs = typeof DOCS

/** A field without a doc comment does not compile. */
type Undocumented<TEntries, TName extends keyof Docs> = {
  readonly [TKey in Exclude<keyof TEntries, keyof Docs[TName]>]: never
}

/** The entries of an object schema, each with the words and the default of its field's doc comment. */
export function described<TName extends keyof Docs, TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): TEntries {
  const all: Record<string, v.ObjectEntries[string]> = { ...entries }
  for (const [key, doc] of Object.entries(DOCS[name])) {
    const entry = all[key]
    if (entry) all[key] = v.pipe(entry as v.GenericSchema, v.metadata(doc))
  }
  return all as TEntries
}

/** The schema of an object of options that refuses unknown keys. */
export function optionsOf<TName extends keyof Docs, const TEntries extends v.ObjectEntries>(
  name: TName,
  entries: TEntries & Undocumented<TEntries, TName>,
): v.StrictObjectSchema<TEntries, undefined> {
  return v.strictObject(described(name, entries))
}
