import { describe, expect, it } from 'vitest'
import { migrated } from '../_support/migrated.ts'
import { upstream } from '../_support/upstream.ts'

const app = (call: string): string => `
  import express from 'express'
  import { createProxyMiddleware } from 'http-proxy-middleware'
  const app = express()
  ${call}
  app.listen(3000)`

describe('gw migrate from http-proxy-middleware', () => {
  it('reads the example of its README: rewrites below the mount, and the table of hosts', async () => {
    // Version 2 compares with the whole path; its README's example is written for that.
    const call = `app.use('/api', createProxyMiddleware({ target: 'http://www.example.org', changeOrigin: true, ws: true, logLevel: 'info',
      pathRewrite: { '^/api/old-path': '/api/new-path', '^/api/remove/path': '/path' },
      router: { 'dev.localhost:3000': 'http://localhost:8000' } }))`
    await using now = await migrated('proxy.mjs', app(call))
    expect(now.draft.routes.map(({ match, to, rewrite }) => [match, to, rewrite])).toEqual([
      [{ host: 'dev.localhost', path: '/api/old-path' }, 'api', { path: { replacePrefix: '/api/new-path' } }],
      [{ host: 'dev.localhost', path: '/api/remove/path' }, 'api', { path: { replacePrefix: '/path' } }],
      [{ host: 'dev.localhost', path: '/api' }, 'api', undefined],
      [{ path: '/api/old-path' }, 'www', { path: { replacePrefix: '/api/new-path' } }],
      [{ path: '/api/remove/path' }, 'www', { path: { replacePrefix: '/path' } }],
      [{ path: '/api' }, 'www', undefined],
    ])
    expect(now.changed('open')).toEqual([])
    expect(now.changed('changed')).toEqual(['logLevel', 'router'])
  })

  it('knows that a mount is taken away from version 3 on, and was not before', async () => {
    await using service = await upstream((request, response) => response.end(request.url))
    const call = `app.use('/api', createProxyMiddleware({ target: '${service.url}/base', changeOrigin: true }))`
    const manifest = (version: string): Record<string, string> => ({
      'package.json': JSON.stringify({ dependencies: { 'http-proxy-middleware': version } }),
    })
    for (const [version, path] of [
      ['^3.0.5', '/base/users?a=b'],
      ['~2.0.6', '/base/api/users?a=b'],
    ] as const) {
      await using now = await migrated('proxy.mjs', app(call), manifest(version))
      expect(await (await now.gateway.fetch('http://gateway/api/users?a=b')).text()).toBe(path)
    }
  })

  it('asks the service for the host of the client where changeOrigin is not set, and for its own where it is', async () => {
    await using service = await upstream((request, response) => response.end(request.headers.host))
    const host = async (options: string): Promise<string> => {
      await using now = await migrated(
        'proxy.mjs',
        app(`app.use(createProxyMiddleware({ target: '${service.url}', ${options} }))`),
      )
      const response = await now.gateway.fetch('http://shop.example/')
      return await response.text()
    }
    expect(await host('')).toBe('shop.example')
    expect(await host('changeOrigin: true')).toBe(new URL(service.url).host)
    expect(await host("headers: { host: 'inner.example' }")).toBe('inner.example')
  })

  it('never writes a secret down: the environment names it', async () => {
    process.env['POSTERN_TEST_TOKEN'] = 'Bearer from-the-environment'
    process.env['WWW_X_API_KEY'] = process.env['WWW_AUTHORIZATION'] = 'for the check'
    const call = `
      app.use('/a', createProxyMiddleware({ target: 'http://www.example.org', auth: 'jane:hidden-1', headers: { 'x-api-key': 'hidden-2', 'x-team': 'shop' } }))
      app.use('/b', createProxyMiddleware({ target: 'http://user:hidden-3@b.example.org', headers: { Authorization: process.env.POSTERN_TEST_TOKEN } }))`
    await using now = await migrated('proxy.mjs', app(call))
    const all = now.yaml + JSON.stringify(now.draft.changes)
    expect(all).not.toMatch(/hidden|from-the-environment|jane/)
    expect([...now.draft.env]).toEqual(['WWW_X_API_KEY', 'WWW_AUTHORIZATION', 'POSTERN_TEST_TOKEN'])
    expect(now.yaml).toContain('x-team: shop')
  })

  it('writes no route where a function or a glob decides, and keeps code in front in view', async () => {
    const call = `
      function authenticate (request, response, next) { next() }
      app.get('/health', (request, response) => response.end())
      app.use('/f', authenticate, createProxyMiddleware({ target: 'http://f.internal', pathFilter: (path) => path.endsWith('x') }))
      app.use(createProxyMiddleware({ target: 'http://g.internal', pathFilter: ['/g/**', '/**/*.html'], secure: false,
        router: () => 'http://h.internal', pathRewrite: (path) => path, on: { proxyReq () {} }, followRedirects: true, someNewOption: 1 }))`
    await using now = await migrated('proxy.mjs', app(call))
    expect(now.draft.routes.map(({ match }) => match)).toEqual([{ path: '/g' }])
    expect(now.draft.services.get('g')).toEqual({ endpoints: ['http://g.internal'], tls: { verify: false } })
    expect(now.changed('open')).toEqual(['pathFilter'])
    expect(now.changed('lost')).toEqual(
      expect.arrayContaining(['on', 'followRedirects', 'someNewOption', 'router', 'pathRewrite', 'own code']),
    )
    expect(now.changed('changed')).toContain('secure')
    // What no proxy did before shall not pass now.
    expect(now.yaml).toContain('upgrades: []')
  })
})
