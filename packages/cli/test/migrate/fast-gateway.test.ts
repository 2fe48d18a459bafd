import { describe, expect, it } from 'vitest'
import { migrated } from '../_support/migrated.ts'
import { upstream } from '../_support/upstream.ts'

describe('gw migrate from fast-gateway', () => {
  it('reads the set-ups of its README and demos', async () => {
    await using service = await upstream((request, response) => response.end(request.url))
    const text = `
      const gateway = require('fast-gateway')
      const cache = require('http-cache-middleware')()
      gateway({
        server: require('express')(),
        timeout: 1500,
        middlewares: [require('cors')(), cache],
        routes: [
          { prefix: '/service', target: '${service.url}' },
          { prefix: '/kept', prefixRewrite: '/kept', target: '${service.url}', methods: ['GET', 'HEAD'], timeout: 500 },
          { prefix: '/moved', prefixRewrite: '/to', target: '${service.url}', hooks: { async onRequest () {} } },
          { prefix: new RegExp('/public/.*'), urlRewrite: (request) => request.url, target: '${service.url}' },
          { prefix: '/one', pathRegex: '', target: '${service.url}' },
          { proxyType: 'lambda', prefix: '/fn', target: 'my-function', lambdaProxy: { region: 'eu-central-1' } },
        ],
      }).start(8080)`
    await using now = await migrated('gateway.js', text)
    const ask = async (path: string): Promise<string> => {
      const response = await now.gateway.fetch(`http://gateway${path}`)
      return response.ok ? response.text() : String(response.status)
    }
    expect(await ask('/service/get?a=1')).toBe('/get?a=1')
    expect(await ask('/kept/x')).toBe('/kept/x')
    expect(await ask('/moved/x')).toBe('/to/x')
    expect(await ask('/public/x')).toBe('/public/x')
    expect(await ask('/one')).toBe('/')
    expect(await ask('/one/more')).toBe('404')
    expect(await ask('/fn/x')).toBe('404')
    expect(now.draft.listen).toEqual({ port: 8080 })
    expect(now.draft.routes[0]?.timeouts).toEqual({ headersMs: 1500 })
    expect(now.draft.routes[1]).toMatchObject({
      match: { method: ['GET', 'HEAD'] },
      timeouts: { headersMs: 500 },
    })
    expect(now.changed('open')).toEqual(['proxyType'])
    expect(now.changed('lost')).toEqual(['middlewares', 'hooks', 'urlRewrite', 'lambdaProxy'])
    expect(now.draft.changes.find(({ option }) => option === 'packages')?.what).toContain(
      'http-cache-middleware, cors',
    )
  })
})
