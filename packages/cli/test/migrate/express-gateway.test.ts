import { describe, expect, it } from 'vitest'
import { migrated } from '../_support/migrated.ts'
import { upstream } from '../_support/upstream.ts'

/** The getting-started template of express-gateway, with the address of the service. */
const started = (url: string): string => `
http:
  port: 8080
admin:
  port: 9876
  host: localhost
apiEndpoints:
  api:
    host: localhost
    paths: '/ip'
serviceEndpoints:
  httpbin:
    url: '${url}'
policies: [basic-auth, cors, expression, key-auth, log, oauth2, proxy, rate-limit]
pipelines:
  default:
    apiEndpoints:
      - api
    policies:
      - proxy:
          - action:
              serviceEndpoint: httpbin
              changeOrigin: true
`

describe('gw migrate from express-gateway', () => {
  it('reads its getting-started template', async () => {
    await using service = await upstream((request, response) =>
      response.end(`${request.url} ${String(request.headers['eg-request-id'])}`),
    )
    await using now = await migrated('gateway.config.yml', started(service.url))
    const response = await now.gateway.fetch('http://localhost/ip')
    expect(await response.text()).toMatch(/^\/ip \w+/)
    expect((await now.gateway.fetch('http://localhost/ip/more')).status).toBe(404)
    expect((await now.gateway.fetch('http://elsewhere/ip')).status).toBe(404)
    expect(now.draft.listen).toEqual({ port: 8080 })
    expect(now.changed('open')).toEqual([])
    expect(now.changed('changed')).toEqual(['admin', 'eg-request-id'])
  })

  it('keeps every guard closed until it is filled in, and leaves open what was open', async () => {
    await using service = await upstream((request, response) => response.end(request.url))
    process.env['JWT_SECRET'] = 'x'.repeat(32)
    process.env['INTROSPECTION_CLIENT_SECRET'] = 'only-here'
    const policy = (name: string, action: string): string => `
  ${name}:
    apiEndpoints: [${name}]
    policies:
      - ${name}: [{ action: ${action} }]
      - proxy: [{ action: { serviceEndpoint: backend, stripPath: true } }]`
    const text = `
http: { port: 8080 }
apiEndpoints:
  open: { paths: '/open/*' }
  key-auth: { paths: '/key/*', scopes: [read] }
  basic-auth: { paths: '/basic/*' }
  jwt: { paths: '/jwt/*' }
  oauth2: { paths: '/oauth2/*' }
  oauth2-introspect: { paths: '/introspect/*' }
serviceEndpoints:
  backend: { urls: ['${service.url}/a', '${service.url}/b'] }
pipelines:
  open: { apiEndpoints: [open], policies: [{ proxy: [{ action: { serviceEndpoint: backend, stripPath: true } }] }] }${[
    policy('key-auth', '{}'),
    policy('basic-auth', '{}'),
    policy('jwt', "{ secretOrPublicKey: 'a-secret-that-stays-here', issuer: me }"),
    policy('oauth2', '{}'),
    policy(
      'oauth2-introspect',
      "{ endpoint: 'http://127.0.0.1:9/introspect', authorization_value: 'hidden' }",
    ),
  ].join('')}
`
    await using now = await migrated('gateway.config.yml', text)
    const ask = async (path: string): Promise<Response> => now.gateway.fetch(`http://gateway${path}/x`)
    const open = await Promise.all([ask('/open'), ask('/open')])
    expect(new Set(await Promise.all(open.map((response) => response.text())))).toEqual(
      new Set(['/a/x', '/b/x']),
    )
    for (const path of ['/key', '/basic', '/jwt', '/oauth2', '/introspect'])
      expect((await ask(path)).status).toBe(401)
    expect(now.yaml).not.toMatch(/a-secret-that-stays-here|hidden|only-here/)
    expect([...now.draft.files.keys()]).toEqual(['api-keys.json', 'users.json'])
    expect([...now.draft.env]).toEqual(['JWT_SECRET', 'INTROSPECTION_CLIENT_SECRET'])
    expect(now.draft.routes[1]?.plugins).toEqual({ auth: { schemes: ['api-key'], scopes: ['read'] } })
    expect(now.changed('open')).toEqual(['key-auth', 'basic-auth', 'jwt', 'oauth2', 'oauth2-introspect'])
  })

  it('turns conditions into matches where it can, headers into rewrites, and lists the rest with its line', async () => {
    const text = `
apiEndpoints:
  api: { host: '*.shop.internal', paths: ['/api/*', '/users/:id'], methods: 'GET,POST' }
serviceEndpoints: { one: { url: 'http://one.internal' }, two: { url: 'http://two.internal' } }
pipelines:
  default:
    apiEndpoints: [api]
    policies:
      - rate-limit: [{ action: { max: 10 } }]
      - headers: [{ action: { headersPrefix: 'X-', forwardHeaders: { Team: 'shop', Who: '\${req.ip}' } } }]
      - response-transformer: [{ action: { headers: { add: { x-frame: "'deny'" }, remove: [server] } } }]
      - my-policy: [{ action: {} }]
      - proxy:
          - condition: { name: allOf, conditions: [{ name: pathExact, path: /one }, { name: method, methods: [PUT] }] }
            action: { serviceEndpoint: one }
          - condition: { name: pathMatch, pattern: '/x.*y' }
            action: { serviceEndpoint: one }
          - action: { serviceEndpoint: two, changeOrigin: false, secure: false }
`
    await using now = await migrated('gateway.config.yml', text)
    expect(now.draft.routes.map(({ match, to }) => [match, to])).toEqual([
      [{ host: '*.shop.internal', method: ['PUT'], exactPath: '/one' }, 'one'],
      [{ host: '*.shop.internal', method: ['GET', 'POST'], path: '/api' }, 'two'],
      [{ host: '*.shop.internal', method: ['GET', 'POST'], pathPattern: '/users/{id}' }, 'two'],
    ])
    expect(now.draft.routes[1]?.rewrite).toEqual({
      host: 'keep',
      requestHeaders: { set: { 'x-team': 'shop' } },
      responseHeaders: { set: { 'x-frame': 'deny' }, remove: ['server'] },
    })
    expect(now.changed('lost')).toEqual(['rate-limit', 'headers.Who', 'my-policy'])
    expect(now.changed('open')).toEqual(['condition'])
    expect(now.draft.changes.find(({ option }) => option === 'rate-limit')?.where).toMatch(
      /gateway\.config\.yml:9$/,
    )
  })
})
