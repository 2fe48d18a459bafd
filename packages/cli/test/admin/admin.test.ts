import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/index.ts'
import { type AdminAsk, askAdmin } from '../_support/admin.ts'
import { type Folder, folder } from '../_support/folder.ts'
import { type Running, runGw, startGw } from '../_support/gw.ts'
import { WHERE } from '../_support/plugins.ts'
import { type Upstream, upstream } from '../_support/upstream.ts'

const TOKEN = 'correct-horse-battery-staple'

const config = (target: Upstream, text: string, admin = '{ port: 0, token: { env: GW_TOKEN } }'): string =>
  `listen: { port: 0 }\nadmin: ${admin}\nupstream: ${target.url}\nplugins:\n  - use: ./where.js\n    options: { text: ${text} }\n`

const bearer = (token: string): AdminAsk => ({
  method: 'POST',
  headers: { authorization: `Bearer ${token}` },
})

describe('the admin listener', () => {
  let target: Upstream
  let files: Folder
  let gw: Running
  let url: string
  let admin: string
  const ask = (path: string, more?: AdminAsk) => askAdmin(admin, path, more)
  beforeAll(async () => {
    target = await upstream((_request, response) => response.end('ok'))
    files = await folder({ 'where.js': WHERE, 'gateway.yaml': config(target, 'first') })
    gw = startGw(['start', '--no-watch'], { cwd: files.path, env: { GW_TOKEN: TOKEN } })
    url = await gw.listening()
    admin = (await gw.says(/admin +(\S+)/))[1] ?? ''
  })
  afterAll(async () => {
    await gw[Symbol.asyncDispose]()
    await files[Symbol.asyncDispose]()
    await target[Symbol.asyncDispose]()
  })

  it('listens on loopback, and lists what it shows', async () => {
    expect(admin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await ask('/')).data).toEqual({
      pages: [
        '/livez',
        '/readyz',
        '/metrics',
        '/plugins',
        '/routes',
        '/generation',
        '/where',
        '/picky',
        '/card',
      ],
      changes: ['POST /reload', 'POST /drain'],
    })
  })

  it('tells whether the gateway lives and is ready', async () => {
    expect(await ask('/livez')).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    expect(await ask('/readyz')).toMatchObject({ status: 200, data: { ready: true, reasons: [] } })
  })

  it('gives figures, plugins, routes and the generation', async () => {
    await (await fetch(url)).text()
    const metrics = await ask('/metrics')
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(metrics.text).toMatch(/^postern_exchanges_total [1-9]/m)
    expect((await ask('/plugins')).data).toMatchObject([
      {
        name: 'where',
        version: '1.0.0',
        mode: 'enforce',
        shed: false,
        hooks: { mapResponse: { faults: 0 } },
      },
    ])
    expect((await ask('/routes')).data).toMatchObject([{ id: 'default' }])
    expect((await ask('/generation')).data).toMatchObject({
      liveGenerations: 1,
      inFlight: 0,
      config: join(files.path, 'gateway.yaml'),
    })
  })

  it("shows the plugins' views, with the query handed on; 404 for what is not there", async () => {
    expect((await ask('/where?of=a%20b&of=c')).data).toEqual({ of: ['a b', 'c'], text: 'first' })
    expect(await ask('/card')).toMatchObject({
      text: 'a card\n',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    })
    for (const path of ['/where?of=nobody', '/census', '/constructor', '/__proto__', '/livez/x'])
      expect(await ask(path)).toMatchObject({
        status: 404,
        headers: { 'content-type': 'application/problem+json' },
      })
  })

  it('tells what is wrong with a question, and nothing of a fault of its own', async () => {
    expect(await ask('/picky')).toMatchObject({ status: 400, data: { detail: 'of: expected a name' } })
    const broken = await ask('/picky?of=bug')
    expect(broken.status).toBe(500)
    expect(broken.text).not.toContain('secret')
  })

  it('answers HEAD without a body, and other methods with 405 and what is allowed', async () => {
    const head = await ask('/readyz', { method: 'HEAD' })
    expect([head.status, head.text]).toEqual([200, ''])
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0)
    for (const path of ['/', '/readyz', '/where'])
      expect(await ask(path, { method: 'POST' })).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD' },
      })
    expect(await ask('/reload')).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    expect(await ask('/nothing', { method: 'POST' })).toMatchObject({ status: 404 })
  })

  it('does not answer to a name that is not its own', async () => {
    for (const host of [
      'evil.example',
      'evil.example:80',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
    ])
      expect(await ask('/readyz', { headers: { host } })).toMatchObject({ status: 421 })
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:99', '[::1]:99'])
      expect(await ask('/readyz', { headers: { host } })).toMatchObject({ status: 200 })
    const { headers } = await ask('/readyz', { headers: { origin: 'https://evil.example' } })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  it('changes nothing without the token', async () => {
    const { data } = await ask('/generation')
    for (const authorization of [
      undefined,
      'Bearer',
      'Bearer wrong',
      `Basic ${TOKEN}`,
      `Bearer ${TOKEN}x`,
      TOKEN,
    ])
      expect(
        await ask('/reload', {
          method: 'POST',
          headers: authorization === undefined ? {} : { authorization },
        }),
      ).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer realm="gw admin"' } })
    expect(await ask('/drain', { method: 'POST' })).toMatchObject({ status: 401 })
    expect((await ask('/generation')).data).toMatchObject({
      generation: (data as { generation: number }).generation,
    })
  })

  it('reloads with the token, and says why not', async () => {
    await files.write('gateway.yaml', config(target, 'second'))
    expect((await ask('/reload', bearer(TOKEN))).data).toMatchObject({
      reloaded: true,
      message: expect.stringMatching(/^Reloaded gateway\.yaml at/) as unknown,
    })
    expect((await fetch(url)).headers.get('x-text')).toBe('second')
    await files.write('gateway.yaml', config(target, '5'))
    const refused = await ask('/reload', bearer(TOKEN))
    expect(refused).toMatchObject({
      status: 409,
      data: { detail: expect.stringContaining('gateway.yaml:6:22') as unknown },
    })
    expect((await fetch(url)).headers.get('x-text')).toBe('second')
  })

  it('says that a change of admin needs a restart', async () => {
    await files.write('gateway.yaml', config(target, 'third', '{ port: 1, token: { env: GW_TOKEN } }'))
    const { data } = await ask('/reload', bearer(TOKEN))
    expect(data).toMatchObject({
      message: expect.stringContaining('What changed in admin is ignored until a restart') as unknown,
    })
  })

  it('cuts who sends too much or takes too long', async () => {
    await expect(ask('/reload', { ...bearer('x'), body: 'x'.repeat(1_000_000) })).rejects.toThrow()
    expect(await ask(`/${'x'.repeat(9_000)}`)).toMatchObject({ status: 431 })
    const { port } = new URL(admin)
    const slow = connect(Number(port), '127.0.0.1')
    slow.write('GET / HTTP/1.1\r\n')
    const cut = Promise.withResolvers<void>()
    slow.on('error', () => {}).once('close', () => cut.resolve())
    slow.resume()
    await cut.promise
    expect(await ask('/livez')).toMatchObject({ status: 200 })
  })

  it('never shows the token', () => {
    expect(gw.stderr).not.toContain(TOKEN)
  })

  it('drains with the token, and answers until the end', async () => {
    expect(await ask('/drain', bearer(TOKEN))).toMatchObject({ status: 202, data: { draining: true } })
    expect((await gw.finished).code).toBe(0)
    expect(gw.stderr).toContain('Asked by an operator: finishing what runs')
    await expect(ask('/livez')).rejects.toThrow()
  })
})

describe('the admin listener of a gateway without a token', () => {
  it('refuses what changes something, on a unix socket for its user alone', async () => {
    await using target = await upstream((_request, response) => response.end())
    await using files = await folder({
      'where.js': WHERE,
      'gateway.yaml': config(target, 'first', '{ socketPath: admin.sock }'),
    })
    await using gw = startGw(['start'], { cwd: files.path })
    const [, socket = ''] = await gw.says(/admin +(\S+)/)
    expect(socket).toBe(join(files.path, 'admin.sock'))
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
    expect(await askAdmin(socket, '/reload', { method: 'POST' })).toMatchObject({
      status: 403,
      data: { detail: expect.stringContaining('no admin.token') as unknown },
    })
    expect(await askAdmin(socket, '/readyz', { headers: { host: 'whatever' } })).toMatchObject({
      status: 200,
    })
  })

  it('a port that is taken stops the start with 1', async () => {
    await using target = await upstream((_request, response) => response.end())
    await using files = await folder({
      'where.js': WHERE,
      'gateway.yaml': config(target, 'x', `{ port: ${target.port} }`),
    })
    const { code, stderr } = await runGw(['start'], { cwd: files.path })
    expect(stderr).toMatch(/^Cannot listen for operators: Port \d+ on 127\.0\.0\.1 is taken/)
    expect(code).toBe(1)
  })
})

describe('the configuration of the admin listener', () => {
  it.each([
    [
      '{ port: 9901, host: 0.0.0.0 }',
      /:2:28 {2}admin\.host: 0\.0\.0\.0 can be reached from other machines: add a token/,
    ],
    [
      '{ port: 9901, token: correct-horse-battery-staple }',
      /admin\.token: A token does not stand in a configuration/,
    ],
    ['{ port: 9901, token: { env: SHORT } }', /admin\.token: Expected 16 characters or more/],
    ['{ port: 9901, token: { env: NOT_SET } }', /admin\.token: The environment variable NOT_SET is not set/],
    ['{}', /:2:1 {2}admin: Missing key "port" \(or "socketPath"\)/],
    ['{ prot: 9901 }', /admin\.prot: Unknown key "prot": did you mean "port"\?/],
    ['{ port: 9901, socketPath: a.sock }', /admin\.port: There is a socketPath: leave out one of both/],
    ['{ port: 8080 }', /admin\.port: The gateway itself listens there/],
    ['9901', /:2:8 {2}admin: /],
  ])('refuses %s', async (admin, words) => {
    await using files = await folder({ 'gateway.yaml': `upstream: http://127.0.0.1:9\nadmin: ${admin}\n` })
    process.env['SHORT'] = 'short-one'
    const refused = loadConfig(join(files.path, 'gateway.yaml'))
    await expect(refused).rejects.toThrow(words)
    await expect(refused).rejects.toThrow(ConfigError)
    await expect(refused).rejects.not.toThrow(/short-one|correct-horse/)
  })

  it('takes another address with a token', async () => {
    process.env['GW_ADMIN_TEST_TOKEN'] = TOKEN
    await using files = await folder({
      'gateway.yaml':
        'upstream: http://127.0.0.1:9\nadmin: { port: 9901, host: 0.0.0.0, token: { env: GW_ADMIN_TEST_TOKEN } }\n',
    })
    const { admin } = await loadConfig(join(files.path, 'gateway.yaml'))
    expect(admin).toEqual({ host: '0.0.0.0', port: 9901, socketPath: undefined, token: TOKEN })
  })
})
