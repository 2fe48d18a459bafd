import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/index.ts'
import { folder } from '../_support/folder.ts'
import { runGw } from '../_support/gw.ts'
import { upstream } from '../_support/upstream.ts'

const routing = (services: string, routes: string): string => `
plugins:
  - { use: '@postern/plugin-trace', options: { accessLog: false } }
  - use: '@postern/plugin-routing'
    options:
      services: { ${services} }
      routes: [${routes}]
`

describe('gw eject', () => {
  it('writes a folder for every service, says what each loses, and writes over nothing', async () => {
    const text = routing(
      "orders: { endpoints: ['http://127.0.0.1:4001'], aliases: [{ name: order-svc, until: 2027-03-01 }] }, stock: { discovery: { dns: { name: stock.internal, port: 80 } } }",
      '{ match: { path: /orders }, to: orders, retry: {} }, { match: { path: /stock }, to: { split: [{ to: stock, weight: 1 }, { to: orders, weight: 1 }] } }',
    )
    await using place = await folder({ 'gateway.yaml': text })
    const { code, stdout, stderr } = await runGw(['eject', '--all', '--out', 'out'], { cwd: place.path })
    expect(code).toBe(0)
    expect(stderr).toBe(
      `Wrote out/orders: begin with its README.md.\nWrote out/stock: begin with its README.md.\n`,
    )
    expect(stdout).toContain(
      "orders loses alias order-svc: The old name goes on in the caller's module alone (until 2027-03-01)",
    )
    expect(stdout).toContain('stock loses discovery: Callers find the endpoints themselves')
    expect(stdout).toContain("stock loses split or rules: The caller's module chooses.")
    const again = await runGw(['eject', 'stock', '--out', 'out/stock'], { cwd: place.path })
    expect(again.code).toBe(2)
    expect(again.stderr).toContain('out/stock/callee/gateway.mts')
  })

  it('refuses what would leave the service with a weaker policy than the gateway had', async () => {
    const text = `
plugins:
  - use: '@postern/plugin-auth'
    options: { jwt: [{ issuer: me, audience: gw, algorithms: [ES256], jwksUrl: 'http://127.0.0.1:9/' }] }
  - use: '@postern/plugin-routing'
    options:
      services: { orders: { endpoints: ['http://127.0.0.1:4001'] } }
      routes:
        - { match: { path: /open }, to: orders, stripPrefix: true, plugins: { auth: { access: public } } }
        - { match: { path: /closed }, to: orders, stripPrefix: true }
`
    await using place = await folder({ 'gateway.yaml': text })
    const { code, stdout, stderr } = await runGw(['eject', 'orders'], { cwd: place.path })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('{"path":"/open"} and {"path":"/closed"} both reach every path of orders')
  })

  it.each([
    [['eject', 'ordrs'], 'did you mean "orders"?'],
    [['eject'], 'Name one service (orders), or say --all.'],
    [['eject', 'orders', '--out', 'list.txt'], 'list.txt/README.md cannot be written: '],
    [['eject', 'orders', '--check', 'missing'], 'There is no file missing'],
    [['eject', 'orders', '--check', 'post.txt'], '"POST /x" is not sent'],
    [['eject', 'orders', '--check', 'list.txt'], 'http://10.0.0.1:80 is not on this machine'],
    [['eject', 'orders', '--gateway', 'ftp://x'], 'Expected a URL'],
  ])('%s is refused', async (args, words) => {
    const text = routing(
      "orders: { endpoints: ['http://10.0.0.1:80'] }",
      '{ match: { path: /orders }, to: orders }',
    )
    await using place = await folder({
      'gateway.yaml': text,
      'post.txt': '/a\nPOST /x\n',
      'list.txt': '/a\n',
    })
    const { code, stderr } = await runGw(args, { cwd: place.path })
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  it('compares both paths with requests of a log, and sends nothing that may change something', async () => {
    const seen: string[] = []
    await using service = await upstream((request, response) => {
      seen.push(`${request.method} ${request.url}`)
      // Behind the gateway it believes in the header, as services without a guard do.
      const isKnown = request.url !== '/secret' || request.headers['via'] === undefined
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'text/plain' }).end(`for ${request.url}`)
    })
    const text = routing(
      `orders: { endpoints: ['${service.url}'], aliases: [order-svc] }, stock: { endpoints: ['${service.url}'] }`,
      '{ match: { path: /orders }, to: orders, stripPrefix: true }, { match: { path: /stock }, to: stock }',
    )
    const line = (fields: object): string =>
      JSON.stringify({ level: 30, service: 'orders', method: 'GET', status: 200, ...fields })
    const log = [
      line({ path: '/orders/7' }),
      line({ path: '/orders/7' }),
      line({ path: '/orders/secret' }),
      line({ path: '/orders/8', method: 'POST' }),
      line({ path: '/stock/1', service: 'stock' }),
      'not a log line'.replace(/.*/, '{"cut'),
      line({ path: '/orders/9', method: 'HEAD' }),
    ]
    await using place = await folder({ 'gateway.yaml': text, 'access.log': `${log.join('\n')}\n` })
    const { plugins, options } = await loadConfig(join(place.path, 'gateway.yaml'))
    const gateway = createGateway(plugins, { ...options, logger: false })
    const { url } = await gateway.listen({ port: 0 })
    const { code, stdout, stderr } = await runGw(
      ['eject', 'orders', '--check', 'access.log', '--gateway', url],
      { cwd: place.path },
    )
    await gateway.close()
    expect(stdout).toContain('3 requests sent both ways, 1 answered differently.')
    expect(stdout).toMatch(/orders {3}GET \/orders\/secret {2}status 401, directly 200/)
    expect(stderr).toContain('1 requests of the log are not sent')
    expect(code).toBe(1)
    expect(seen.sort()).toEqual(['GET /7', 'GET /7', 'GET /secret', 'GET /secret', 'HEAD /9', 'HEAD /9'])
  })
})
