/** `gw build`: what it makes runs alone, in a folder where nothing is installed. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Folder, folder, WORKSPACE } from '../_support/folder.ts'
import { type Finished, type Running, runGw, startGw } from '../_support/gw.ts'
import { STAMP } from '../_support/plugins.ts'
import { upstream } from '../_support/upstream.ts'

const BUILT = [join(WORKSPACE, 'packages/cli/dist/gw.js')]

/** It is there when the bundle is made, and must not be in it. */
const SECRET = 'a-password-that-must-not-travel'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const JWKS = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }] })

function token(claims: object = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const now = Math.floor(Date.now() / 1000)
  const body = {
    iss: 'https://idp.internal',
    aud: 'orders',
    sub: 'checkout',
    iat: now,
    exp: now + 60,
    ...claims,
  }
  const text = `${part({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${part(body)}`
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`
}

const wholeConfig = (target: string): string => `
listen: { port: 0 }
admin: { port: 0, token: { env: OPS_PASSWORD } }
plugins:
  - use: '@postern/plugin-trace'
  - use: '@postern/plugin-auth'
    options:
      jwt: [{ issuer: 'https://idp.internal', audience: orders, algorithms: [RS256], jwksFile: ./jwks.json }]
      workers: { threads: 1, inline: never }
  - use: '@postern/plugin-routing'
    options:
      services: { orders: { endpoints: ['${target}'] } }
      routes: [{ id: orders, match: { path: /orders }, to: orders, stripPrefix: true }]
`

/** Builds in a folder where packages are installed, and gives a folder with nothing but the bundle. */
async function bundleOf(
  files: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  beside: Readonly<Record<string, string>> = {},
): Promise<{
  place: Folder
  made: Finished
  run: (args?: readonly string[], env?: NodeJS.ProcessEnv) => Running
}> {
  await using source = await folder(files)
  const made = await runGw(['build', ...args], {
    cwd: source.path,
    entry: BUILT,
    env: { OPS_PASSWORD: SECRET },
  })
  if (made.code !== 0) throw new Error(made.stderr)
  const place = await folder(beside, false)
  await copyFile(join(source.path, 'dist/gateway.mjs'), join(place.path, 'gateway.mjs'))
  const run = (given: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running =>
    startGw(given, { cwd: place.path, entry: ['gateway.mjs'], env })
  return { place, made, run }
}

describe('a bundle of a YAML configuration with all plugins', () => {
  it('checks tokens in worker threads, routes, logs, reloads and ends', async () => {
    await using target = await upstream(({ url, headers }, response) =>
      response.end(JSON.stringify({ url, traced: headers['traceparent'] !== undefined })),
    )
    const config = wholeConfig(target.url).replace(/^admin:.*\n/m, '')
    const { place, made, run } = await bundleOf({ 'gateway.yaml': config }, ['--minify'], {
      'jwks.json': JWKS,
    })
    await using _ = place
    expect(made.stdout).toMatch(/^dist\/gateway\.mjs {2}\d\.\d MB, starts with: node dist\/gateway\.mjs\n/)
    expect(made.stdout).toMatch(/piscina \d+\.\d+\.\d+ \(MIT\)/)
    expect(made.stderr).toBe('')

    await using gateway = run(['--port', '0', '--workers', '2'])
    const url = await gateway.listening()
    const call = (authorization: string) => fetch(`${url}/orders/7`, { headers: { authorization } })
    const passed = await call(`Bearer ${token()}`)
    expect([passed.status, await passed.json()]).toEqual([200, { url: '/7', traced: true }])
    expect((await call(`Bearer ${token({ aud: 'other' })}`)).status).toBe(401)
    expect((await call(`Bearer ${token().slice(0, -9)}AAAAAAAAA`)).status).toBe(401)
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404)

    gateway.child.kill('SIGHUP')
    await gateway.says(/Reloaded gateway\.mjs#gateway\.yaml/)
    expect((await call(`Bearer ${token({ sub: 'again' })}`)).status).toBe(200)
    gateway.child.kill('SIGTERM')
    const { code, stdout, stderr } = await gateway.finished
    expect([code, stderr]).toEqual([0, expect.stringMatching(/workers {2}2 \(pid \d+, \d+\)/)])
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.some((line) => line['route'] === 'orders' && line['status'] === 200)).toBe(true)
    expect(stdout).not.toContain('died')
  })

  it('has no secret in it, and asks for those that it names when it starts', async () => {
    const { place, run } = await bundleOf({ 'gateway.yaml': wholeConfig('http://127.0.0.1:9') }, [], {
      'jwks.json': JWKS,
    })
    await using _ = place
    const code = await readFile(join(place.path, 'gateway.mjs'), 'utf8')
    expect(code).toContain('OPS_PASSWORD')
    expect(code).not.toContain(SECRET)
    const refused = await run().finished
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('gateway.mjs#gateway.yaml:3:'),
    ])
    expect(refused.stderr).toContain('The environment variable OPS_PASSWORD is not set')
    // Licences are in the file that they are about.
    expect(code).toMatch(/jose \d+\.\d+\.\d+ \(MIT\)\n\nThe MIT License/)
  })
})

describe('a bundle of a TypeScript configuration', () => {
  it('has the plugin of its own folder in it', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    const config = `
import { defineConfig } from '@postern/cli'
import { stamp } from './stamp.ts'
export const config = defineConfig({
  listen: { port: 0 },
  upstream: process.env['TARGET'] ?? 'http://127.0.0.1:9',
  plugins: [stamp({ text: 'bundled' })],
})
`
    const { place, run } = await bundleOf({ 'gateway.ts': config, 'stamp.ts': STAMP }, ['--sourcemap'])
    await using _ = place
    await using gateway = run([], { TARGET: target.url })
    expect((await fetch(await gateway.listening())).headers.get('x-stamp')).toBe('bundled')
    gateway.child.kill('SIGHUP')
    await gateway.says(/Reloaded gateway\.mjs#gateway\.ts/)
    gateway.child.kill('SIGTERM')
    expect((await gateway.finished).code).toBe(0)
  })
})

describe('a bundle without a configuration', () => {
  it('reads it at the start and when it changes, as a ConfigMap does, with the plugins that it has', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    const config = (text: string): string =>
      `listen: { port: 0 }\nupstream: ${target.url}\nplugins: [{ use: ./stamp.mjs, options: { text: ${text} } }]\n`
    const { place, run } = await bundleOf(
      { 'gateway.yaml': config('one'), 'stamp.mjs': STAMP },
      ['--config-external'],
      {
        'config/..v1/gateway.yaml': config('one'),
        'config/..v2/gateway.yaml': config('two'),
        'other.yaml': `upstream: ${target.url}\nplugins: [{ use: '@postern/plugin-trace' }]\n`,
      },
    )
    await using _ = place
    await place.link('..v1', 'config/..data')
    await place.link('..data/gateway.yaml', 'config/gateway.yaml')
    await using gateway = run(['--config', 'config/gateway.yaml'])
    const url = await gateway.listening()
    expect((await fetch(url)).headers.get('x-stamp')).toBe('one')
    await place.link('..v2', 'config/..data')
    await gateway.says(/Reloaded config\/gateway\.yaml/)
    expect((await fetch(url)).headers.get('x-stamp')).toBe('two')

    expect((await run(['check', '--config', 'other.yaml']).finished).stderr).toContain(
      'There is no package "@postern/plugin-trace". This file was made by gw build with ./stamp.mjs: build it again',
    )
  })
})

describe('gw build', () => {
  const failed = async (files: Readonly<Record<string, string>>, args: readonly string[] = []) => {
    await using place = await folder(files)
    const { code, stderr } = await runGw(['build', ...args], { cwd: place.path, entry: BUILT })
    return [code, stderr.trim()]
  }

  it('says what it cannot bundle, and where', async () => {
    const files = {
      'gateway.yaml': 'plugins: [{ use: ./broken.mjs }]\n',
      'broken.mjs': `${STAMP}\nexport const late = async () => (await import('./gone.mjs')).gone\n`,
    }
    expect(await failed(files)).toEqual([
      1,
      'It cannot be bundled:\n  broken.mjs:24:47  Could not resolve "./gone.mjs"',
    ])
  })

  it('points at a plugin that is not there', async () => {
    expect(await failed({ 'gateway.yaml': 'plugins: [{ use: not-there }]\n' })).toEqual([
      2,
      expect.stringMatching(/^gateway\.yaml:1:18 {2}plugins\[0\]\.use: There is no package "not-there"/),
    ])
  })

  it('does not write over the configuration', async () => {
    expect(await failed({ 'gateway.mjs': 'export const config = {}' }, ['--out', 'gateway.mjs'])).toEqual([
      2,
      'gateway.mjs is the configuration: name another file with --out.',
    ])
  })
})

describe('a configuration whose secrets are elsewhere', () => {
  it('is built; what else is wrong with it is refused', async () => {
    const config = `admin: { port: 0, token: { env: NOT_SET_HERE } }
plugins: [{ use: '@postern/plugin-auth', options: { basic: { users: [{ id: ops, hash: { env: NOT_SET_HERE } }] } } }]
`
    await using place = await folder({ 'gateway.yaml': config, 'bad.yaml': `${config}upstreem: x\n` })
    const build = (file: string): Promise<Finished> =>
      runGw(['build', '-c', file], { cwd: place.path, entry: BUILT })
    expect(await build('gateway.yaml')).toMatchObject({ code: 0, stderr: '' })
    const refused = await build('bad.yaml')
    expect(refused).toMatchObject({ code: 2, stdout: '' })
    expect(refused.stderr).toContain('Unknown key "upstreem"')
    expect(refused.stderr).not.toContain('NOT_SET_HERE is not set')
  })
})

describe('a bundle on an old Node', () => {
  it('says which it needs, and imports nothing by name that an old one lacks', async () => {
    const { place } = await bundleOf({ 'gateway.yaml': 'upstream: http://127.0.0.1:1\n' })
    const older = `data:text/javascript,${encodeURIComponent(
      `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`,
    )}`
    const { code, stdout, stderr } = await runGw(['check'], {
      cwd: place.path,
      entry: ['--import', older, 'gateway.mjs'],
    })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^gw needs Node 22\.19 or newer; this is 20\.20\.2, .*\n$/)
    const imports = (await readFile(join(place.path, 'gateway.mjs'), 'utf8')).match(
      /^import \{[^}]*\} from ["']node:[^"']+["'];?$/gm,
    )
    expect(imports?.filter((line) => !line.includes(' as postern'))).toEqual([])
  })
})
