import { TestAuthority } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import type { AuditContext } from '../../src/audit/context.ts'
import { AUDIT_RULES } from '../../src/audit/rules.ts'
import { type AuditInput, auditOf } from '../_support/audit.ts'
import { STAMP } from '../_support/plugins.ts'

const UPSTREAM = 'upstream: http://127.0.0.1:9\n'

/** A configuration with the auth plugin. */
const auth = (options: string, more = ''): string => `${UPSTREAM}plugins:
  - use: '@postern/plugin-auth'
    options: ${options}
${more}`

const trace = (options: string, more = ''): string => `${UPSTREAM}plugins:
  - use: '@postern/plugin-trace'
    options: ${options}
${more}`

/** A configuration with the routing plugin, one service and one route that are written in YAML's short form. */
const routing = (service: string, route: string, more = ''): string => `plugins:
  - use: '@postern/plugin-routing'
    options:
      services:
        orders: ${service}
        other: { owner: b, endpoints: [http://127.0.0.1:8] }
      routes:
        - ${route}
        - { id: other, match: { path: /other }, to: other }
${more}`

const SERVICE = '{ owner: a, endpoints: [http://127.0.0.1:9] }'
const ROUTE = '{ id: orders, match: { path: /orders }, to: orders }'
const routed = (keys: string): string =>
  routing(SERVICE, `{ id: orders, match: { path: /orders }, to: orders, ${keys} }`)
const served = (keys: string): string =>
  routing(`{ owner: a, endpoints: [http://127.0.0.1:9], ${keys} }`, ROUTE)

const HASH = `sha256:${'0'.repeat(64)}`
const KEYS = `{ apiKeys: { keys: [{ id: a, hash: '${HASH}' }] } }`
const JWT = (keys: string): string =>
  auth(`{ jwt: [{ issuer: 'https://idp.internal', audience: gateway, algorithms: [ES256], ${keys} }] }`)
const SECRET = 'a-secret-that-is-long-enough-for-hs256'
const hmac = (value: string): string =>
  auth(
    `{ jwt: [{ issuer: 'https://idp.internal', audience: gateway, algorithms: [HS256], secrets: [{ value: ${value} }] }] }`,
  )
const introspection = (keys: string): string =>
  auth(`{ introspection: { url: 'https://idp.internal/i', bearer: { file: token }, ${keys} } }`)
const TOKEN: AuditInput = { files: { token: 'the-token-of-the-gateway' }, modes: { token: 0o600 } }

const authority = new TestAuthority('authority')
const soon = authority.issue({ name: 'gateway', names: ['DNS:gateway'], days: [-5, 10] })
const tls = 'listen: { tls: { cert: { file: cert.pem }, key: { file: key.pem } } }\n'
const PEMS: AuditInput = {
  files: { 'cert.pem': soon.cert, 'key.pem': soon.key },
  modes: { 'key.pem': 0o600, 'cert.pem': 0o644 },
}
const DAY_MS = 86_400_000
const LATER: AuditInput = { nowMs: Date.now() + 40 * DAY_MS }

interface Case {
  /** Found, at these paths. */
  readonly bad: readonly [text: string, paths: readonly string[], input?: AuditInput]
  /** The same without what is wrong. */
  readonly good: readonly [text: string, input?: AuditInput]
}

/** One configuration with the fault, and one without, for each rule. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'no-guard': [{ bad: [UPSTREAM, ['plugins']], good: [auth(KEYS)] }],
  'public-route': [
    {
      bad: [auth(KEYS, 'route: { plugins: { auth: { access: public } } }\n'), ['route.plugins.auth.access']],
      good: [auth(KEYS)],
    },
    {
      bad: [
        auth(KEYS, 'route: { plugins: { auth: { anonymous: true } } }\n'),
        ['route.plugins.auth.anonymous'],
      ],
      good: [auth(KEYS, 'route: { plugins: { auth: { anonymous: false } } }\n')],
    },
  ],
  'guard-off': [
    {
      bad: [auth(KEYS, 'route: { plugins: { auth: off } }\n'), ['route.plugins.auth']],
      good: [auth(KEYS, 'route: { plugins: { auth: shadow } }\n')],
    },
  ],
  'identity-headers-open': [
    {
      bad: [
        auth(
          `{ identityHeaders: { subject: x-user }, ${KEYS.slice(1)}`,
          'route: { plugins: { auth: off } }\n',
        ),
        ['route.plugins.auth'],
      ],
      good: [
        auth(
          `{ identityHeaders: { subject: x-user }, ${KEYS.slice(1)}`,
          'route: { plugins: { auth: observe } }\n',
        ),
      ],
    },
  ],
  'shadow-too-long': [
    {
      bad: [auth(KEYS, '    mode: shadow\n'), ['plugins[0].mode'], LATER],
      good: [auth(KEYS, '    mode: shadow\n')],
    },
    {
      bad: [auth(KEYS, 'route: { plugins: { auth: observe } }\n'), ['route.plugins.auth'], LATER],
      good: [auth(KEYS, 'route: { plugins: { auth: observe } }\naudit: { shadowDays: 50 }\n'), LATER],
    },
  ],
  'exception-too-long': [
    {
      bad: [auth(KEYS, '    except: { 10.0.0.7: off }\n'), ['plugins[0].except.10.0.0.7'], LATER],
      good: [auth(KEYS, '    except: { 10.0.0.7: enforce }\n'), LATER],
    },
  ],
  'split-at-zero': [
    {
      bad: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { split: [{ to: orders, weight: 1 }, { to: other, weight: 0 }] } }',
        ),
        ['plugins[0].options.routes[0].to.split[1].weight'],
        LATER,
      ],
      good: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { split: [{ to: orders, weight: 1 }, { to: other, weight: 1 }] } }',
        ),
        LATER,
      ],
    },
  ],
  'shared-secret-tokens': [
    { bad: [hmac(SECRET), ['plugins[0].options.jwt[0].algorithms']], good: [JWT('')] },
  ],
  'token-without-end': [
    {
      bad: [JWT('requiredClaims: [jti]'), ['plugins[0].options.jwt[0].requiredClaims']],
      good: [JWT('requiredClaims: [jti], maxTokenAgeMs: 60000')],
    },
  ],
  'token-without-audience': [
    {
      bad: [introspection(''), ['plugins[0].options.introspection'], TOKEN],
      good: [introspection('audience: gateway'), TOKEN],
    },
  ],
  'plaintext-authority': [
    {
      bad: [JWT("jwksUrl: 'http://idp.internal/keys'"), ['plugins[0].options.jwt[0].jwksUrl']],
      good: [JWT("jwksUrl: 'http://127.0.0.1:7/keys'")],
    },
  ],
  'secret-in-file': [
    {
      bad: [hmac(SECRET), ['plugins[0].options.jwt[0].secrets[0].value']],
      good: [hmac('{ file: secret }'), { files: { secret: SECRET } }],
    },
  ],
  'secret-readable': [
    {
      bad: [
        hmac('{ file: secret }'),
        ['plugins[0].options.jwt[0].secrets[0].value'],
        { files: { secret: SECRET }, modes: { secret: 0o644 } },
      ],
      good: [hmac('{ file: secret }'), { files: { secret: SECRET }, modes: { secret: 0o640 } }],
    },
  ],
  'file-unusable': [
    {
      bad: [JWT('jwksFile: /nowhere/jwks.json'), ['plugins[0].options.jwt[0].jwksFile']],
      good: [JWT('')],
    },
    {
      bad: [
        auth("{ apiKeys: { file: { path: '/dev/null' } }, revocations: { file: { path: /nowhere } } }"),
        ['plugins[0].options.apiKeys.file.path', 'plugins[0].options.revocations.file.path'],
      ],
      good: [auth(KEYS)],
    },
    {
      bad: [
        routing('{ owner: a, discovery: { file: { path: README.md } } }', ROUTE),
        ['plugins[0].options.services.orders.discovery.file.path'],
      ],
      good: [routing('{ owner: a, discovery: { file: { path: package.json } } }', ROUTE)],
    },
  ],
  'credentials-passed': [
    {
      bad: [auth(KEYS), ['plugins[0].options']],
      good: [auth(`{ identity: { credentials: strip }, ${KEYS.slice(1)}`)],
    },
  ],
  'tls-unverified': [
    {
      bad: ['upstream: { url: https://127.0.0.1:9, tls: { verify: false } }\n', ['upstream.tls.verify']],
      good: ['upstream: { url: https://127.0.0.1:9, tls: { verify: true } }\n'],
    },
    {
      bad: [served('tls: { verify: false }'), ['plugins[0].options.services.orders.tls.verify']],
      good: [served('tls: {}')],
    },
  ],
  'plaintext-upstream': [
    {
      bad: ['upstream: http://orders.example.com\n', ['upstream']],
      good: ['upstream: http://orders.internal\n'],
    },
    {
      bad: [
        routing('{ owner: a, endpoints: [http://10.0.0.1:80, { url: http://93.184.216.34 }] }', ROUTE),
        ['plugins[0].options.services.orders.endpoints[1].url'],
      ],
      good: [routing("{ owner: a, endpoints: ['http://[fd00::1]:80', http://orders:80] }", ROUTE)],
    },
  ],
  'plaintext-listener': [
    {
      bad: [auth(KEYS, 'listen: { host: 0.0.0.0 }\n'), ['listen.host']],
      good: [auth(KEYS, 'listen: { host: 127.0.0.1 }\n')],
    },
  ],
  'open-socket': [
    {
      bad: [`${UPSTREAM}listen: { socketPath: a.sock, socketMode: 0o666 }\n`, ['listen.socketMode']],
      good: [`${UPSTREAM}listen: { socketPath: a.sock, socketMode: 0o660 }\n`],
    },
  ],
  'trusts-everybody': [
    {
      bad: [`${UPSTREAM}trustedProxies: [10.0.0.0/8, 0.0.0.0/0]\n`, ['trustedProxies[1]']],
      good: [`${UPSTREAM}trustedProxies: [10.0.0.0/8]\n`],
    },
    {
      bad: [trace("{ trust: { addresses: ['::/0'] } }"), ['plugins[0].options.trust.addresses[0]']],
      good: [trace("{ trust: { addresses: ['fd00::/8'] } }")],
    },
  ],
  'certificate-ends': [
    {
      bad: [`${UPSTREAM}${tls}`, ['listen.tls.cert'], PEMS],
      good: [`${UPSTREAM}${tls}audit: { certificateDays: 5 }\n`, PEMS],
    },
  ],
  'body-unlimited': [
    { bad: [UPSTREAM, ['limits']], good: [`${UPSTREAM}limits: { requestBodyBytes: 1000000 }\n`] },
  ],
  'total-time-missing': [
    {
      bad: [`${UPSTREAM}timeouts: { connectMs: 5 }\n`, ['timeouts']],
      good: [`${UPSTREAM}timeouts: { totalMs: 5000 }\n`],
    },
    {
      bad: [
        `${routed('timeouts: { totalMs: 0 }')}timeouts: { totalMs: 5000 }\n`,
        ['plugins[0].options.routes[0].timeouts.totalMs'],
      ],
      good: [`${routed('timeouts: { totalMs: 10 }')}timeouts: { totalMs: 5000 }\n`],
    },
  ],
  'time-unlimited': [
    {
      bad: [`${UPSTREAM}timeouts: { idleMs: 0, pluginMs: 0 }\n`, ['timeouts.idleMs', 'timeouts.pluginMs']],
      good: [UPSTREAM],
    },
  ],
  'concurrency-unbounded': [
    {
      bad: [`${UPSTREAM}limits: { concurrencyPerEndpoint: 1000000 }\n`, ['limits.concurrencyPerEndpoint']],
      good: [UPSTREAM],
    },
  ],
  'path-ambiguous': [
    {
      bad: [`${UPSTREAM}paths: { encodedSlash: keep }\n`, ['paths.encodedSlash']],
      good: [`${UPSTREAM}paths: { doubleSlash: merge }\n`],
    },
  ],
  'no-owner': [
    {
      bad: [routing('{ endpoints: [http://127.0.0.1:9] }', ROUTE), ['plugins[0].options.services.orders']],
      good: [routing(SERVICE, ROUTE)],
    },
  ],
  'service-unused': [
    {
      bad: [
        routing(SERVICE, '{ match: { path: /orders }, to: other }'),
        ['plugins[0].options.services.orders'],
      ],
      good: [routing(SERVICE, '{ match: { path: /orders }, to: other, mirror: { to: orders } }')],
    },
  ],
  'alias-past-date': [
    {
      bad: [
        served('aliases: [{ name: order-svc, until: 2020-01-01 }]'),
        ['plugins[0].options.services.orders.aliases[0].until'],
      ],
      good: [served('aliases: [{ name: order-svc, until: 2099-01-01 }]')],
    },
  ],
  'alias-without-end': [
    {
      bad: [served('aliases: [order-svc]'), ['plugins[0].options.services.orders.aliases[0]']],
      good: [served('aliases: [{ name: order-svc, until: 2099-01-01 }]')],
    },
  ],
  'health-unchecked': [
    {
      bad: [
        routing('{ owner: a, endpoints: [http://127.0.0.1:9, http://127.0.0.1:10] }', ROUTE),
        ['plugins[0].options.services.orders.endpoints'],
      ],
      good: [
        routing(
          '{ owner: a, endpoints: [http://127.0.0.1:9, http://127.0.0.1:10], health: { active: { path: /ok } } }',
          ROUTE,
        ),
      ],
    },
  ],
  'ejection-off': [
    {
      bad: [served('ejectMs: 0'), ['plugins[0].options.services.orders.ejectMs']],
      good: [served('ejectMs: 1000')],
    },
  ],
  'retry-unsafe': [
    {
      bad: [routed('retry: { methods: [GET, POST] }'), ['plugins[0].options.routes[0].retry.methods[1]']],
      good: [routed('retry: { methods: [GET, PUT] }')],
    },
  ],
  'retry-budget-wide': [
    {
      bad: [served('retryBudget: { ratio: 1 }'), ['plugins[0].options.services.orders.retryBudget.ratio']],
      good: [served('retryBudget: { ratio: 0.2 }')],
    },
  ],
  'transforms-many': [
    {
      bad: [
        `${routed('rewrite: { requestHeaders: { set: { a: b, c: d }, remove: [e] } }')}audit: { transformsPerRoute: 2 }\n`,
        ['plugins[0].options.routes[0].rewrite'],
      ],
      good: [routed('rewrite: { requestHeaders: { set: { a: b, c: d }, remove: [e] } }')],
    },
    {
      bad: [
        `${UPSTREAM}plugins: [{ use: ./stamp.js }]\naudit: { transformsPerRoute: 0 }\n`,
        ['upstream'],
        { files: { 'stamp.js': STAMP } },
      ],
      good: [
        `${UPSTREAM}plugins: [{ use: ./stamp.js, mode: off }]\naudit: { transformsPerRoute: 0 }\n`,
        { files: { 'stamp.js': STAMP } },
      ],
    },
  ],
  'mirror-credentials': [
    {
      bad: [routed('mirror: { to: other }'), ['plugins[0].options.routes[0].mirror.to']],
      good: [routed('')],
    },
  ],
  'rule-unreachable': [
    {
      bad: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { rules: [{ when: { headers: { X-A: b } }, to: other }, { when: { headers: { x-a: b }, caller: c }, to: orders }], otherwise: orders } }',
        ),
        ['plugins[0].options.routes[0].to.rules[1]'],
      ],
      good: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { rules: [{ when: { headers: { x-a: b }, caller: c }, to: other }, { when: { headers: { X-A: b } }, to: orders }], otherwise: orders } }',
        ),
      ],
    },
    {
      bad: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { rules: [{ when: { caller: [a, b] }, to: other }, { when: { caller: b }, to: orders }], otherwise: orders } }',
        ),
        ['plugins[0].options.routes[0].to.rules[1]'],
      ],
      good: [
        routing(
          SERVICE,
          '{ match: { path: /orders }, to: { rules: [{ when: { scopes: [a, b] }, to: other }, { when: { scopes: b }, to: orders }], otherwise: orders } }',
        ),
      ],
    },
  ],
  'no-trace': [{ bad: [UPSTREAM, ['plugins']], good: [trace('{}')] }],
  'access-log-off': [
    {
      bad: [trace('{ accessLog: false }'), ['plugins[0].options.accessLog']],
      good: [trace('{ accessLog: { sampleRatio: 0.1 } }')],
    },
    {
      bad: [trace('{}', 'logger: false\n'), ['logger']],
      good: [trace('{ accessLog: { destination: access.log } }', 'logger: false\n')],
    },
  ],
  'paths-with-secrets': [
    {
      bad: [
        routing(SERVICE, "{ match: { pathPattern: '/reset/{token}' }, to: orders }").replace(
          'plugins:\n',
          "plugins:\n  - use: '@postern/plugin-trace'\n",
        ),
        ['plugins[1].options.routes[0].match.pathPattern'],
      ],
      good: [
        routing(SERVICE, "{ match: { pathPattern: '/orders/{id}' }, to: orders }").replace(
          'plugins:\n',
          "plugins:\n  - use: '@postern/plugin-trace'\n",
        ),
      ],
    },
  ],
}

describe('rules of the audit', () => {
  it('each have a case that they find and one that they let pass', () => {
    expect(Object.keys(CASES).sort()).toEqual(
      AUDIT_RULES.map(({ id }) => id)
        .filter((id) => id !== 'admin-exposed')
        .sort(),
    )
  })

  const cases = Object.entries(CASES).flatMap(([id, all]) => all.map((one) => [id, one] as const))
  it.each(cases)('%s finds what is wrong, at its place, and nothing where it is right', async (id, one) => {
    const pathsOf = async (text: string, input?: AuditInput) =>
      (await auditOf(text, input)).filter(({ rule }) => rule.id === id).map(({ path }) => path)
    const [text, paths, input] = one.bad
    expect(await pathsOf(text, input)).toEqual(paths)
    expect(await pathsOf(...one.good)).toEqual([])
  })

  it('admin-exposed finds an admin listener that other machines reach', () => {
    const rule = AUDIT_RULES.find(({ id }) => id === 'admin-exposed')
    const found = (admin: object) =>
      [...(rule?.check({ data: { admin } } as unknown as AuditContext) ?? [])].length
    expect(found({ port: 9000, host: '0.0.0.0', token: 'x' })).toBe(1)
    for (const admin of [{ port: 9000 }, { port: 9000, host: '::1' }, { socketPath: 'a.sock' }])
      expect(found(admin)).toBe(0)
  })

  it('say what, why and what to do', () => {
    for (const { id, title, why, fix } of AUDIT_RULES) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/)
      expect(title).toMatch(/^[A-Z].*[^.]$/)
      expect(why).toMatch(/^[A-Z].*\.$/)
      expect(fix).toMatch(/\.$/)
    }
  })
})
