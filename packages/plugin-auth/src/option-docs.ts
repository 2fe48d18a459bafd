/**
 * What the options mean, for JSON Schema. Made from their doc comments by tools/check-option-docs.ts: change those, then run it
 * with --update.
 */
import * as v from 'valibot'

const DOCS = {
  ApiKeyOptions: {
    header: { description: 'Header that carries the key.', default: 'x-api-key' },
    keys: { description: 'The keys. Default: none.' },
    file: {
      description:
        'A file with more keys: a JSON list of entries like those of `keys`, followed while the gateway runs. Default: none.',
    },
    forward: { description: 'Whether the upstream gets the header as the client sent it.', default: true },
  },
  AuthCensusOptions: {
    maxRows: {
      description: 'How many rows are kept, one for each caller, route, form of credentials and outcome.',
      default: 10000,
    },
    apiKeyHeaders: {
      description:
        'Names of headers with API keys, beside the well-known ones such as `x-api-key`. Default: none.',
    },
    now: { description: 'Gives the Unix time in milliseconds.', default: 'Date.now' },
  },
  AuthOptions: {
    census: {
      description:
        "Who calls what with which credentials, and who would be refused, for the view `census`. Default: one of the plugin's own.",
    },
    jwt: { description: 'The issuers whose tokens are accepted, each `issuer` once. Default: none.' },
    introspection: { description: 'Bearer tokens that another service knows (RFC 7662). Default: none.' },
    apiKeys: { description: 'API keys in a header. Default: none.' },
    basic: { description: 'Users with passwords (RFC 7617). Default: none.' },
    mtls: { description: 'Client certificates. Default: none.' },
    httpSignature: { description: 'Callers that sign their requests (RFC 9421). Default: none.' },
    forwardAuth: {
      description: 'A service that is asked about callers whom no other scheme knows. Default: none.',
    },
    jwks: { description: 'How key sets are kept.' },
    cache: { description: 'How verified tokens are remembered.' },
    workers: { description: 'Where signatures are checked.' },
    revocations: { description: 'Credentials that are refused although they are good. Default: none.' },
    view: { description: 'Window on the running plugin, from `authView()`. Default: none.' },
    identityHeaders: { description: 'Headers that tell the upstream who is calling. Default: none.' },
    identity: {
      description:
        "What else services behind the gateway get: an internal token, and whether the client's credentials.",
    },
    outbound: {
      description:
        'Credentials that the gateway itself has for services, by service name or upstream origin. Default: none.',
    },
    realm: { description: '`realm` of the `www-authenticate` challenge. Default: none.' },
  },
  AuthRouteOptions: {
    access: {
      description:
        'Whether callers have to prove who they are: `authenticated`, or `public` for a route that asks nobody.',
      default: 'authenticated',
    },
    schemes: {
      description: 'Ways in which callers may prove who they are. Default: all that are configured.',
    },
    scopes: { description: 'Scopes that a caller must hold, all of them; else 403. Default: none.' },
    anyScope: { description: 'Scopes of which a caller must hold at least one; else 403. Default: none.' },
    audiences: {
      description:
        "Audiences of which the token's `aud` must hold one, beside what its issuer's `audience` asks; else 403. Default: not checked.",
    },
    claims: { description: 'What claims of the caller have to be, all of it; else 403. Default: nothing.' },
    callers: {
      description: 'Who may call: a caller has to fit at least one; else 403. Default: every caller.',
    },
    kinds: { description: 'What a caller may be: `service`, `user`; else 403. Default: both.' },
    check: { description: 'A decision in code, after all others. Default: none.' },
    issuers: {
      description: 'Issuers whose tokens alone are accepted; else 403. Default: every configured issuer.',
    },
    anonymous: { description: 'Whether a request without credentials passes, as nobody.', default: false },
  },
  BasicOptions: {
    users: { description: 'The users, each `id` once. Default: none.' },
    file: {
      description:
        'A file with more users: a JSON list of entries like those of `users`, followed while the gateway runs. Default: none.',
    },
    cacheMs: {
      description: 'How long a verified password is remembered, in milliseconds; 0: not at all.',
      default: 300000,
    },
    maxCached: { description: 'How many verified passwords are remembered.', default: 10000 },
    concurrency: {
      description:
        "Passwords that are checked at once; each takes a thread of libuv's pool and the memory of its hash.",
      default: 2,
    },
    maxQueue: { description: 'Passwords that may wait for their check.', default: 64 },
  },
  CallerRule: {
    id: {
      description:
        "The principal's id; `*` stands for any characters, also none: `spiffe://prod/*`. Default: any.",
    },
    issuer: { description: 'Who vouches for it, `*` as in `id`. Default: anybody or nobody.' },
    scheme: { description: 'How it proved itself. Default: in any way that the route accepts.' },
  },
  ClaimRule: {
    claim: {
      description: "Name of the claim, or the path to one inside of others: `['realm_access', 'roles']`.",
    },
    equals: { description: 'Value that the claim must be.' },
    oneOf: { description: 'Values of which the claim must be one.' },
    includes: { description: 'Value that the claim, an array, must hold.' },
    matches: {
      description:
        'Form of the text that the claim must be; `*` stands for any characters, also none: `team-*`.',
    },
  },
  CredentialEntry: {
    id: { description: "Who the caller is: the principal's `id`." },
    hash: { description: 'The hash of the secret.' },
    scopes: { description: 'Scopes that the caller holds. Default: none.' },
    kind: { description: 'What the caller is.', default: 'service' },
    expiresAt: {
      description:
        'When the credential stops being accepted: ISO 8601, a date (its beginning, UTC) or a time with its zone. Default: never.',
    },
    createdAt: {
      description: 'When it was made, in the same form; a claim of the principal. Default: none.',
    },
  },
  DecisionCacheOptions: {
    ttlMs: { description: 'How long a decision is remembered, in milliseconds.' },
    maxEntries: { description: 'How many decisions are remembered.', default: 1000 },
    by: {
      description:
        'What a decision is about: `request` for method, host, path, query, client address and `requestHeaders`, `headers` for `requestHeaders` alone, **for services that look at nothing else**.',
      default: 'request',
    },
  },
  FileOptions: {
    path: { description: 'Path of the file, relative to the working directory.' },
    pollMs: {
      description:
        'How often the file is looked at where the system does not tell of changes, in milliseconds.',
      default: 5000,
    },
  },
  ForwardAuthOptions: {
    url: { description: 'Where it is asked, `http://` or `https://`.' },
    method: { description: 'Method of the question.', default: 'GET' },
    requestHeaders: {
      description: 'Headers of the client that the service gets. Default: `authorization` and `cookie`.',
    },
    askAlways: {
      description:
        'Whether it is also asked about a request with none of `requestHeaders`. Default: `false`: that has no credentials.',
    },
    idHeader: { description: 'Header of its answer that names the caller.' },
    scopesHeader: {
      description: 'Header of its answer with the scopes, separated by blanks. Default: none.',
    },
    kind: { description: 'What callers are.', default: 'service' },
    upstreamHeaders: { description: 'Headers of its answer that the upstream gets. Default: none.' },
    passBody: {
      description:
        'Whether the client gets the body of a refusal. Default: `false`: problem+json in its place.',
    },
    passRedirects: {
      description:
        'Whether the client gets a redirect, with its cookies, such as one to a login page. Default: `false`: 401 in its place.',
    },
    ca: {
      description:
        'Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node.',
    },
    timeoutMs: { description: 'How long one question may take, in milliseconds.', default: 1000 },
    maxConcurrent: { description: 'Questions that may run at once.', default: 256 },
    cache: { description: 'How it is remembered who was let pass. Default: nothing is remembered.' },
  },
  HttpSignatureKeyOptions: {
    keyId: { description: '`keyid` of its signatures.' },
    algorithm: { description: 'The one algorithm it is used with.' },
    key: {
      description: 'The public key, PEM or JWK; for `hmac-sha256` the secret, base64, at least 32 bytes.',
    },
    caller: { description: "Who signs with it: the principal's id." },
    scopes: { description: 'Scopes of the principal. Default: none.' },
  },
  HttpSignatureOptions: {
    keys: { description: 'The keys, each `keyId` once.' },
    components: {
      description:
        'Components that a signature must cover beside `@method`, `@authority`, path and query (`@target-uri`, `@request-target`, or `@path` with `@query`), and `content-digest` of a request with a body. Default: none.',
    },
    structuredFields: {
      description:
        'Headers of your own that are structured fields (RFC 9651), by name: `dictionary`, `list` or `item`. Default: none.',
    },
    maxAgeMs: { description: 'How old `created` may be, in milliseconds.', default: 60000 },
    clockToleranceMs: {
      description: "How far the signer's clock may differ, in milliseconds.",
      default: 5000,
    },
    tag: {
      description:
        '`tag` of the signatures that alone are looked at. Default: all; then a request may have only one.',
    },
    nonces: {
      description: 'How many `nonce` are remembered, each until its signature is too old.',
      default: 0,
    },
    maxBodyBytes: {
      description:
        'Largest body whose digest is checked, in bytes; it is read before the request is forwarded.',
      default: 1048576,
    },
    hostChecksDigest: {
      description:
        'Whether the host itself compares `content-digest` with the body in the callee seat, where the gateway cannot read it. Default: `false`: there a signed request with a body is refused.',
    },
  },
  IdentityHeaderOptions: {
    subject: { description: "Header that gets the token's `sub`. Default: none." },
    issuer: { description: "Header that gets the token's `iss`. Default: none." },
    scopes: { description: 'Header that gets the scopes, separated by blanks. Default: none.' },
  },
  IdentityOptions: {
    credentials: {
      description:
        'What becomes of the credentials that the client sent: `pass` on to the upstream, or `strip`, also on routes that need none.',
      default: 'pass',
    },
    token: { description: 'A short-lived token that the gateway signs about each caller. Default: none.' },
  },
  InternalTokenOptions: {
    issuer: { description: '`iss`: how services know this gateway.' },
    header: {
      description:
        'Header that carries it; `authorization` gets `Bearer` before it, and **what the client sent there is removed, also where nobody is authenticated**.',
      default: 'authorization',
    },
    algorithm: {
      description: 'Algorithm of keys that are made in memory; a key from a file has its own.',
      default: 'ES256',
    },
    lifetimeMs: {
      description: 'How long a token is valid, from `iat` to `exp`, in milliseconds.',
      default: 60000,
    },
    reuseMs: {
      description:
        'How long a token is used again for equal requests of the same caller, in milliseconds. Default: half of `lifetimeMs`.',
    },
    audiences: {
      description:
        "`aud` by service name or upstream origin. Default: the service's name, without one the upstream's origin.",
    },
    trustedGateways: {
      description:
        "Gateways, by issuer, whose word about the first issuer of a caller (`sub_id`) is passed on. Default: this gateway's own `issuer`.",
    },
    claims: { description: 'Claims of the caller that are copied when it has them. Default: none.' },
    keys: { description: 'The keys that sign.' },
    jwks: { description: 'Where the public keys are published by the gateway itself.' },
  },
  IntrospectionClient: { id: { description: 'Client id.' }, secret: { description: 'Client secret.' } },
  IntrospectionOptions: {
    url: { description: 'Address of the introspection endpoint, `http://` or `https://`.' },
    client: { description: 'How the gateway proves itself there, in `Authorization: Basic`.' },
    bearer: { description: 'Token with which the gateway proves itself there.' },
    jwts: {
      description: 'Whether the JWTs of issuers that are not in `jwt` are asked for, too.',
      default: false,
    },
    issuer: {
      description:
        "The principal's issuer; an answer that names one (`iss`) must name this. Default: what the answer says.",
    },
    audience: {
      description:
        "Whom the tokens are for: the answer's `aud` must hold this value, or one of these. Default: not checked.",
    },
    tokenType: {
      description: 'What `token_type` must be where the answer has one, without regard to case.',
      default: 'Bearer',
    },
    idFields: {
      description:
        "Fields that name the caller, the first that the answer has. Default: `['sub', 'client_id']`.",
    },
    requiredClaims: { description: 'Fields that must be there beside `active`. Default: none.' },
    scopeClaim: {
      description:
        'Field that holds the scopes: a text separated by blanks, or an array. Default: `scope`, then `scp`.',
    },
    clockToleranceMs: {
      description:
        "How far the service's clock may differ when `exp` and `nbf` are checked, in milliseconds.",
      default: 5000,
    },
    cacheMs: {
      description:
        'How long an active token is remembered, `exp` permitting, in milliseconds; 0: not at all.',
      default: 60000,
    },
    deniedMs: {
      description:
        'How long a refused token is remembered, apart from good ones, in milliseconds; 0: not at all.',
      default: 5000,
    },
    maxCached: { description: 'How many active tokens are remembered.', default: 10000 },
    ca: {
      description:
        'Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node.',
    },
    timeoutMs: { description: 'How long one call may take, in milliseconds.', default: 2000 },
    concurrency: { description: 'Calls that may run at once.', default: 32 },
    maxQueue: { description: 'Tokens that may wait for their call.', default: 256 },
    maxBytes: { description: 'Size of an answer above which it is refused, in bytes.', default: 65536 },
  },
  JwksOptions: {
    refreshMs: { description: 'Age before which keys are fetched again, in milliseconds.', default: 600000 },
    staleMs: {
      description:
        'How long keys older than `refreshMs` may serve while the endpoint is down, in milliseconds.',
      default: 86400000,
    },
    cooldownMs: {
      description: 'How long after one fetch because of an unknown key the next may come, in milliseconds.',
      default: 30000,
    },
    timeoutMs: { description: 'How long one fetch may take, in milliseconds.', default: 5000 },
    ca: {
      description:
        'Authorities (PEM, several in one text or in a list) that alone are trusted for the certificate of an issuer. Default: those of Node.',
    },
    maxBytes: {
      description: 'Size of a key set or discovery document above which it is refused, in bytes.',
      default: 262144,
    },
  },
  JwtIssuerOptions: {
    jwksUrl: {
      description:
        'Address of its key set, `http://` or `https://`. Default: `<issuer>/.well-known/openid-configuration` says it.',
    },
    jwks: { description: 'Its key set itself. Default: none.' },
    jwksFile: { description: 'File with its key set, read again whenever it changes. Default: none.' },
    pem: {
      description:
        'Its public keys or certificates as PEM text, each with one block or several. Default: none.',
    },
    pemFile: { description: 'File with such PEM text, read again whenever it changes. Default: none.' },
    secrets: {
      description:
        'Secrets for `HS256`, `HS384` and `HS512`, each at least as long as the hash: 32, 48, 64 bytes (RFC 7518 section 3.2). Default: none.',
    },
    issuer: { description: 'Who issues the tokens, as `iss` says it.' },
    audience: { description: 'Whom the tokens are for: `aud` must hold this value, or one of these.' },
    algorithms: { description: 'Algorithms that a token may be signed with; at least one.' },
    clockToleranceMs: {
      description:
        "How far the issuer's clock may differ when `exp`, `nbf` and `iat` are checked, in milliseconds.",
      default: 5000,
    },
    typ: {
      description:
        "What the token's `typ` header must be, such as `at+jwt` (RFC 9068). Default: not checked.",
    },
    requiredClaims: {
      description: "Claims that must be present beside `iss`, `aud` and `sub`. Default: `['exp']`.",
    },
    maxTokenAgeMs: {
      description:
        'Age by `iat` above which a token is refused although `exp` allows it, in milliseconds; `iat` is then required. Default: none.',
    },
    futureIat: {
      description: 'Whether a token passes that says it will be issued in the future.',
      default: false,
    },
    scopeClaim: {
      description:
        'Claim that holds the scopes: a string separated by blanks, or an array. Default: `scope`, then `scp`.',
    },
  },
  JwtKeySet: { keys: { description: 'The public keys.' } },
  JwtSecret: {
    value: { description: 'The secret.' },
    encoding: { description: 'How `value` is written: as the text that it is, or encoded.', default: 'utf8' },
    kid: { description: '`kid` of the tokens that it signs. Default: it is tried for every token.' },
  },
  MessageSignatureOptions: {
    keyId: { description: '`keyid` of the signatures.' },
    algorithm: { description: 'The algorithm.' },
    key: {
      description: 'The private key, PEM or JWK; for `hmac-sha256` the secret, base64, at least 32 bytes.',
    },
    components: {
      description:
        'Components that are covered, in lower case; fields that a request does not have are left out. Default: `@method`, `@authority`, `@path`, `@query`.',
    },
    tag: { description: '`tag` of the signatures. Default: none.' },
    expiresMs: {
      description:
        'How long a signature is valid, from `created` to `expires`, in milliseconds. Default: no `expires`.',
    },
    label: { description: 'Label in `Signature` and `Signature-Input`.', default: 'sig1' },
    bodyBytes: {
      description: 'Largest body whose digest is signed, in bytes; it is read before the request is sent.',
      default: 1048576,
    },
  },
  MtlsOptions: {
    identity: { description: "What of the certificate is the principal's `id`." },
    trustDomains: { description: 'Trust domains whose SPIFFE IDs are accepted: `example.org`.' },
    trustClientCertFrom: {
      description:
        'Addresses and CIDR ranges of proxies (`unix`: whoever reaches a unix socket) that verify client certificates and pass them on in `Client-Cert` (RFC 9440). Default: none.',
    },
    ca: {
      description:
        "Authorities (PEM, several in one text or in a list) that a certificate in `Client-Cert` must lead to, by way of `Client-Cert-Chain`. Default: the proxy's word is enough.",
    },
  },
  OutboundCredentials: {
    clientCredentials: { description: "The gateway's own token for the service (RFC 6749 section 4.4)." },
    tokenExchange: { description: 'A token for the service about the caller.' },
    header: { description: 'A fixed header.' },
    signature: {
      description:
        'A signature over the request, the other credentials included where `components` names their header.',
    },
  },
  PublishedKeysOptions: {
    path: {
      description: 'Path at which the gateway answers with its JWK Set (RFC 7517), before any route.',
      default: '/.well-known/jwks.json',
    },
    maxAgeMs: { description: '`max-age` of the answer, in milliseconds.', default: 300000 },
  },
  RevocationListOptions: {
    file: {
      description:
        'File with a JSON list of revocations, read again whenever it changes; looked at every second unless `pollMs` says otherwise. Default: none.',
    },
  },
  SecretSource: {
    env: { description: 'Name of an environment variable that holds it, read at the start.' },
    watch: {
      description:
        'Path of a file that holds it, relative to the working directory and looked at every 5 seconds.',
    },
  },
  SigningKeyOptions: {
    files: {
      description:
        'Private keys, one a file, PEM (PKCS #8, SEC1) or JWK, P-256 or Ed25519. Default: a key in memory.',
    },
    rotateMs: {
      description: 'After how long a key in memory is replaced, in milliseconds.',
      default: 86400000,
    },
    publishAheadMs: {
      description:
        'How long a new key is published before it signs, in milliseconds; the first one signs at once.',
      default: 300000,
    },
  },
  StaticHeaderOptions: {
    name: { description: 'Name of the header.' },
    value: { description: 'Value of the header.' },
    prefix: { description: 'Text before the value, such as `Bearer `. Default: none.' },
  },
  TokenCacheOptions: {
    maxEntries: { description: 'How many tokens are remembered; 0: none.', default: 10000 },
    maxAgeMs: {
      description:
        'How long a token is remembered at most, in milliseconds; `exp` and the removal of the key end it earlier.',
      default: 300000,
    },
  },
  TokenClientOptions: {
    tokenUrl: { description: 'The token endpoint, `http://` or `https://`.' },
    clientId: { description: "The client's id." },
    authentication: {
      description:
        'How it proves who it is. Default: `private_key_jwt` with a `privateKey`, else `client_secret_basic`.',
    },
    clientSecret: { description: "The client's secret." },
    privateKey: {
      description: "The client's private key, PEM or JWK: P-256 (ES256), Ed25519 (EdDSA) or RSA (RS256).",
    },
    keyId: { description: '`kid` of assertions that the key signs. Default: none.' },
    scopes: { description: "Scopes that are asked for. Default: the server's." },
    audience: {
      description:
        "`audience` that is asked for. Default: of an exchange the service's name; of client credentials none.",
    },
    resource: { description: '`resource` that is asked for (RFC 8707). Default: none.' },
    header: { description: 'Header that carries the token, after `Bearer`.', default: 'authorization' },
    ca: {
      description:
        'Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node.',
    },
    timeoutMs: {
      description: 'How long one call to the token endpoint may take, in milliseconds.',
      default: 2000,
    },
  },
  TokenExchangeOptions: {
    tokenUrl: { description: 'The token endpoint, `http://` or `https://`.' },
    clientId: { description: "The client's id." },
    authentication: {
      description:
        'How it proves who it is. Default: `private_key_jwt` with a `privateKey`, else `client_secret_basic`.',
    },
    clientSecret: { description: "The client's secret." },
    privateKey: {
      description: "The client's private key, PEM or JWK: P-256 (ES256), Ed25519 (EdDSA) or RSA (RS256).",
    },
    keyId: { description: '`kid` of assertions that the key signs. Default: none.' },
    scopes: { description: "Scopes that are asked for. Default: the server's." },
    audience: {
      description:
        "`audience` that is asked for. Default: of an exchange the service's name; of client credentials none.",
    },
    resource: { description: '`resource` that is asked for (RFC 8707). Default: none.' },
    header: { description: 'Header that carries the token, after `Bearer`.', default: 'authorization' },
    ca: {
      description:
        'Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node.',
    },
    timeoutMs: {
      description: 'How long one call to the token endpoint may take, in milliseconds.',
      default: 2000,
    },
    maxEntries: { description: 'Callers whose tokens are remembered.', default: 1000 },
    maxConcurrent: { description: 'Exchanges that may run at once.', default: 64 },
  },
  WorkerOptions: {
    threads: { description: 'Worker threads.', default: 1 },
    inline: {
      description:
        'Whether a token that comes alone while the workers are idle is checked on the main thread, which is sooner done than a message to a worker and costs the event loop no more: `auto` for every algorithm but `ES384` and `ES512`.',
      default: 'auto',
    },
    maxMemoryBytes: { description: 'Heap of one worker, in bytes.', default: 134217728 },
    maxQueue: {
      description:
        'Tokens that may wait for their check at once, and beside them as many for the keys of each issuer.',
      default: 2048,
    },
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
