import type { IncomingMessage } from 'node:http'
import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { migrated } from '../_support/migrated.ts'
import { upstream } from '../_support/upstream.ts'

/** What a service sees of a request, and answers with. */
const echo = (request: IncomingMessage): string =>
  JSON.stringify({ method: request.method, url: request.url, host: request.headers.host })

/** The set-ups of the README and example of @fastify/http-proxy, with what comes of them asked for the paths below. */
const SETUPS: readonly (readonly [words: string, options: object, paths: readonly string[]])[] = [
  ['a prefix is taken away', { prefix: '/api' }, ['/api/users', '/api', '/api/a?x=1&y=%20', '/other']],
  [
    'a prefix is put in place of another',
    { prefix: '/auth', rewritePrefix: '/signon' },
    ['/auth/user', '/auth', '/user'],
  ],
  ['without a prefix one is put in front', { rewritePrefix: '/signon' }, ['/user', '/a/b?c']],
  ['everything passes as it is', {}, ['/', '/a/b', '/a?b=c']],
  [
    'a prefix has a parameter',
    { prefix: '/rest-api/:id/endpoint', rewritePrefix: '/:id/endpoint' },
    ['/rest-api/7/endpoint/x', '/rest-api/a%20b/endpoint/y?z', '/rest-api/7'],
  ],
  ['only some methods pass', { prefix: '/m', httpMethods: ['GET', 'POST'] }, ['/m/a']],
]

describe('what @fastify/http-proxy does, the migrated gateway does', () => {
  it.each(SETUPS)('%s', async (_words, options, paths) => {
    await using service = await upstream((request, response) => response.end(echo(request)))
    const given = { upstream: service.url, ...options } as FastifyHttpProxyOptions
    const old = fastify()
    old.register(proxy, given)
    await old.listen({ port: 0, host: '127.0.0.1' })
    await using now = await migrated(
      'proxy.mjs',
      `import { fastify } from 'fastify'\nimport proxy from '@fastify/http-proxy'\nconst server = fastify()\n` +
        `await server.register(proxy, ${JSON.stringify(given)})\nserver.listen({ port: 3000 })\n`,
    )
    expect(now.changed('open')).toEqual([])
    const { url } = await now.gateway.listen({ port: 0 })
    const { port } = old.server.address() as { port: number }
    for (const path of paths)
      for (const method of ['GET', 'POST', 'DELETE']) {
        const before = await answer(`http://127.0.0.1:${port}${path}`, method)
        expect({ path, method, ...(await answer(url + path, method)) }).toEqual({ path, method, ...before })
      }
    await old.close()
  })
})

/** Status, and what the service saw where it was reached: the two gateways have different pages for 404. */
async function answer(url: string, method: string): Promise<object> {
  const response = await fetch(url, { method })
  const text = await response.text()
  return { status: response.status, body: response.status === 200 ? text : '' }
}

describe('gw migrate from @fastify/http-proxy', () => {
  it('follows plugins into their prefixes, in CommonJS and before anything listens', async () => {
    const text = `
      const Fastify = require('fastify')
      const proxy = require('@fastify/http-proxy')
      async function run () {
        const server = Fastify({ logger: true })
        server.addHook('onRequest', async function authenticate () {})
        server.register(async (scope) => {
          scope.register(proxy, { upstream: 'http://orders.internal:3000', prefix: '/orders', websocket: true,
            preHandler: async () => {}, replyOptions: { rewriteHeaders: (headers) => headers, timeout: 1500 } })
        }, { prefix: '/v1' })
        server.get('/health', async () => 'fine')
        await server.listen({ port: 3000 })
        throw new Error('never reached by a program that listens on nothing')
      }
      run()`
    await using now = await migrated('proxy.cjs', text)
    expect(now.draft.routes).toEqual([
      { match: { path: '/v1/orders' }, to: 'orders', stripPrefix: true, timeouts: { headersMs: 1500 } },
    ])
    expect(now.draft.listen).toEqual({ port: 3000 })
    expect(now.yaml).not.toContain('upgrades')
    expect(now.changed('lost')).toEqual(['preHandler', 'rewriteHeaders', 'handlers in front', 'own code'])
    expect(now.draft.changes.find(({ option }) => option === 'handlers in front')?.what).toContain(
      'authenticate',
    )
    expect(now.draft.changes.find(({ option }) => option === 'preHandler')?.where).toMatch(/proxy\.cjs:8$/)
  })

  it('says it when no address is known, and writes no route that leads nowhere', async () => {
    const text = `
      import proxy from '@fastify/http-proxy'
      import Fastify from 'fastify'
      import { addressOf } from 'a-package-that-is-not-installed'
      const server = Fastify()
      server.register(proxy, { upstream: process.env.POSTERN_TEST_NOWHERE, prefix: '/a' })
      server.register(proxy, { upstream: \`http://\${addressOf('b')}:80\`, prefix: '/b' })
      server.register(proxy, { upstream: process.env.POSTERN_TEST_ELSE ?? 'http://c.internal', prefix: '/c' })`
    await using now = await migrated('proxy.mjs', text)
    expect(now.draft.routes.map(({ match }) => match)).toEqual([{ path: '/c' }])
    expect(now.changed('open')).toEqual(['upstream'])
    const environment = now.draft.changes.find(({ option }) => option === 'environment')
    expect(environment?.what).toContain('POSTERN_TEST_NOWHERE, POSTERN_TEST_ELSE')
  })
})
