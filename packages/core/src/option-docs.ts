/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  GatewayOptions: {
    upstream: {
      description:
        'The one upstream, `http://host:port[/base]` or with more to say, when no routing plugin chooses.',
    },
    logger: { description: 'A pino logger, or `false` for silence. Default: pino on standard output.' },
    logLevel: { description: 'Level of the default logger.', default: 'info' },
    timeouts: { description: 'Times of every route that does not set its own.' },
    limits: { description: 'Limits of every route that does not set its own.' },
    paths: { description: 'What to do with ambiguous paths.' },
    trustedProxies: {
      description:
        'Addresses and CIDR ranges whose `X-Forwarded-*`, `Forwarded` and request id are believed and extended; `unix` stands for everybody on a unix socket. Default: none.',
    },
    forwarded: { description: 'How an upstream is told who the client is.', default: 'both' },
    requestIdHeader: {
      description:
        'Header that carries `exchange.id` to upstreams and back to clients, such as `x-request-id`. Default: none.',
    },
    timingHeader: {
      description:
        "Response header that tells the gateway's own time: `server-timing` in its own form (`gateway;dur=0.4, upstream;dur=12.1`), any other as milliseconds. Default: none.",
    },
    upgrades: {
      description: 'Protocols that a client may switch to with `Upgrade`. Default: `websocket` alone.',
    },
    hostBody: {
      description:
        "For `gateway.handler` behind a body parser of the host's: gives the body that was read. Default: none.",
    },
    via: {
      description:
        'Name of this gateway in `Via`, by which it recognises its own loops. Default: `postern-` and 8 random hex digits.',
    },
    route: { description: 'The default route.' },
  },
  Limits: {
    requestHeaderBytes: { description: 'Bytes of all request header names and values.', default: 16384 },
    requestHeaderCount: { description: 'Number of request header lines.', default: 128 },
    requestTargetBytes: { description: 'Length of the request target.', default: 8192 },
    requestBodyBytes: {
      description: 'Bytes of a request body. Default: no limit, bodies stream in constant memory.',
    },
    concurrencyPerEndpoint: { description: 'Attempts that may run on one endpoint at once.', default: 1024 },
    queuedPerEndpoint: { description: 'Attempts that may wait for one endpoint.', default: 256 },
    attempts: { description: 'Attempts for one exchange, the first included.', default: 3 },
  },
  ListenCertificate: {
    cert: { description: 'The certificate, those of its authorities after it.' },
    key: { description: 'Its private key.' },
    passphrase: { description: 'Passphrase of `key`. Default: none.' },
  },
  ListenOptions: {
    name: {
      description:
        'What exchanges that come by this listener call it (`exchange.listener`), so that plugins can tell the public side from the internal one: up to 64 letters, digits, `.`, `_` and `-`. Default: empty, none.',
    },
    host: { description: 'Address or name to listen on.', default: '127.0.0.1' },
    port: { description: 'Port to listen on; 0 takes a free one.', default: 8080 },
    socketPath: { description: 'Path of a unix socket, in place of host and port. Default: none.' },
    socketMode: {
      description:
        "Rights of the unix socket's file, such as `0o660`. Default: what the process's umask leaves.",
    },
    tls: { description: 'TLS: certificates, and what is asked of clients. Default: none, plain text.' },
    protocols: {
      description:
        'Versions of HTTP: with TLS by ALPN, without by the first bytes (prior knowledge). Default: both.',
    },
    proxyProtocol: {
      description: 'PROXY protocol, for a load balancer in front that passes connections on. Default: none.',
    },
  },
  ListenTls: {
    cert: { description: 'The certificate, those of its authorities after it.' },
    key: { description: 'Its private key.' },
    passphrase: { description: 'Passphrase of `key`. Default: none.' },
    certificates: {
      description:
        'More certificates, chosen by the name that the client asks for (SNI) among the DNS names in them. Default: none.',
    },
    clientCertificates: {
      description:
        'Whether clients show a certificate (mTLS): `require` refuses the handshake without a valid one; with `request` a client without, or with one that is not valid, gets through and `exchange.clientCertificate` is `null`.',
      default: 'none',
    },
    ca: { description: 'Authorities that client certificates are checked against.' },
    minVersion: { description: 'The oldest version of TLS that is spoken.', default: 'TLSv1.2' },
  },
  ModeSettings: {
    mode: {
      description: "How much the plugin's word counts: `off`, `observe`, `shadow` or `enforce`.",
      default: 'enforce',
    },
    percent: {
      description: 'Share of the exchanges, 0 to 100, that get `mode`; the others get the next weaker one.',
      default: 100,
    },
    except: { description: 'Callers that get another mode: `exchange.caller` → mode.' },
  },
  PathOptions: {
    dotSegments: { description: '`.` and `..` segments, also percent-encoded.', default: 'refuse' },
    encodedSlash: { description: '`%2f` inside a segment.', default: 'refuse' },
    backslash: { description: '`\\` and `%5c`.', default: 'refuse' },
    doubleSlash: { description: 'Empty segments (`//`).', default: 'refuse' },
    pathParameters: { description: '`;params` in a segment.', default: 'keep' },
  },
  ProxyProtocolOptions: {
    from: {
      description:
        'Addresses and CIDR ranges of the load balancers, `unix` for whoever reaches a unix socket.',
    },
  },
  RouteSettings: {
    plugins: { description: 'Plugins on this route. Default: each as for the whole gateway.' },
  },
  Timeouts: {
    connectMs: {
      description: 'From handing a request to the upstream leg until a connection took it.',
      default: 5000,
    },
    queueMs: {
      description: 'Waiting for a place on an endpoint that is at its `concurrencyPerEndpoint`.',
      default: 100,
    },
    attemptMs: {
      description:
        'One attempt, from its start until the head of its response; while the client is waited for, the clock stands.',
      default: 0,
    },
    headersMs: { description: 'From the end of the request until the head of the response.', default: 60000 },
    idleMs: { description: 'Between two chunks of a body or tunnel, in either direction.', default: 60000 },
    totalMs: {
      description: 'The whole exchange, retries included; of a tunnel, until it stands.',
      default: 0,
    },
    pluginMs: { description: 'How long a plugin may keep an exchange waiting in one hook.', default: 5000 },
  },
  UpstreamOptions: {
    protocol: {
      description: '`http2` speaks HTTP/2 only: by ALPN over TLS, with prior knowledge without.',
      default: 'http1',
    },
    socketPath: {
      description:
        "Path of a unix socket to connect to in place of the URL's host and port, which stay what `Host` says. Default: none.",
    },
    tls: {
      description:
        "TLS settings, for `https`. Default: the certificate is checked against the system's authorities.",
    },
    url: { description: '`http://host:port[/base]` or `https://…`.' },
  },
  UpstreamTls: {
    ca: {
      description:
        "Certificates of the authorities that are believed, in place of the system's. Default: the system's.",
    },
    cert: {
      description: "The gateway's own certificate, for an upstream that asks for one (mTLS). Default: none.",
    },
    key: { description: 'Private key of `cert`.' },
    passphrase: { description: 'Passphrase of `key`. Default: none.' },
    servername: {
      description:
        "Name that is asked for (SNI) and that the upstream's certificate must bear. Default: the host of the URL.",
    },
    minVersion: { description: 'The oldest version of TLS that is spoken.', default: 'TLSv1.2' },
    verify: { description: "Whether the upstream's certificate is checked.", default: true },
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
