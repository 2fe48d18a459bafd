import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/index.ts'
import { type Folder, folder, WORKSPACE } from '../_support/folder.ts'
import { runGw } from '../_support/gw.ts'
import { upstream } from '../_support/upstream.ts'

const run = promisify(execFile)
const SHA256_OF_TEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

/** A gateway with everything that a module has to carry over. */
const config = (port: number): string => `
timeouts: { headersMs: 5000 }
plugins:
  - { use: '@postern/plugin-trace', options: { accessLog: false } }
  - use: '@postern/plugin-auth'
    options:
      apiKeys: { keys: [{ id: basket, hash: 'sha256:${SHA256_OF_TEST}', scopes: [orders.read] }] }
      jwt: [{ issuer: me, audience: gw, algorithms: [HS256], secrets: [{ value: { env: EJECT_TEST_SECRET } }] }]
      outbound: { orders: { header: { name: x-internal, value: { file: internal.txt } } } }
  - use: ./stamp.mjs
    mode: enforce
  - use: '@postern/plugin-routing'
    options:
      services:
        orders: { owner: shop, endpoints: ['http://127.0.0.1:${port}/base'], aliases: [order-svc, { name: old, movedFrom: /legacy, movedTo: /orders }], health: { active: { path: /healthz, intervalMs: 60000 } } }
        stock: { endpoints: ['http://127.0.0.1:9'] }
      routes:
        - { match: { path: /orders }, to: orders, stripPrefix: true, timeouts: { totalMs: 2000 }, plugins: { auth: { scopes: [orders.read] } } }
        - { match: { path: /admin }, to: orders, plugins: { auth: { scopes: [orders.admin] } } }
        - { match: { pathPattern: '/o/{id}' }, to: orders, rewrite: { path: { template: '/items/{id}' }, requestHeaders: { set: { x-from: gw } } }, plugins: { auth: { access: public } } }
        - { match: { path: /stock }, to: stock }
`

/** A plugin of the team's own, which has to come along. */
const STAMP = `import { definePlugin } from '@postern/core'
export const stamp = definePlugin({ name: 'stamp', version: '1.0.0', api: '1.0', fault: 'transform',
  setup(gateway) { gateway.hooks.onRoute.tap(({ hooks }) => hooks.mapResponse.tap((exchange) => { exchange.responseHeaders.push('x-stamp', 'yes') })) } })
`

const KEY = { 'x-api-key': 'test' }
const REQUESTS: readonly (readonly [path: string, headers: Readonly<Record<string, string>>])[] = [
  ['/orders/7?a=b', KEY],
  ['/orders/7?a=b', {}],
  ['/orders', KEY],
  ['/legacy/7', KEY],
  ['/admin/all', KEY],
  ['/o/9', {}],
  ['/o/9', KEY],
]

/** Runs the guarded service and a caller of each kind, in one process, and prints what the caller got. */
const script = (port: number): string => `
import { createServer } from 'node:http'
import { guarded } from './eject/orders/callee/mount.mts'
import { directFetch } from './eject/orders/caller/gateway.mts'
import { ordersFetch } from './eject/orders/caller/plain.mts'
const echo = (request, response) => response.end([request.url, request.headers['x-internal'], request.headers['x-from']].join(' '))
const server = createServer(guarded(echo)).listen(${port}, '127.0.0.1')
const answer = async (response) => ({ status: response.status, text: response.ok ? await response.text() : '', stamp: response.headers.get('x-stamp') })
const direct = [], plain = []
for (const [path, headers] of ${JSON.stringify(REQUESTS)}) {
  direct.push(await answer(await directFetch('http://gateway' + path, { headers })))
  plain.push(await ordersFetch(path, { headers }).then(answer, (error) => error.message))
}
const renamed = await answer(await directFetch('http://order-svc/orders/7', { headers: { 'x-api-key': 'test' } }))
const unguarded = await answer(await fetch('http://127.0.0.1:${port}/nobody-thought-of-it'))
const health = await answer(await fetch('http://127.0.0.1:${port}/base/healthz'))
console.log(JSON.stringify({ direct, plain, renamed, unguarded, health }))
process.exit()
`

describe('what gw eject writes', () => {
  it('answers directly as the gateway did: the same guard refuses the same requests', {
    timeout: 120_000,
  }, async () => {
    const env = { EJECT_TEST_SECRET: 'x'.repeat(32) }
    Object.assign(process.env, env)
    const files = { 'stamp.mjs': STAMP, 'internal.txt': 'let-me-in\n' }
    await using place = await folder(files)
    let port = 0
    const before: object[] = []
    {
      await using service = await upstream((request, response) =>
        response.end([request.url, request.headers['x-internal'], request.headers['x-from']].join(' ')),
      )
      port = service.port
      const { plugins, options } = await loadConfig(await place.write('gateway.yaml', config(port)))
      const gateway = createGateway(plugins, { ...options, logger: false })
      for (const [path, headers] of REQUESTS)
        before.push(await answer(await gateway.fetch(`http://gateway${path}`, { headers })))
      await gateway.close()
    }
    expect(before.map((one) => (one as { status: number }).status)).toEqual([
      200, 401, 200, 200, 403, 200, 200,
    ])

    // Values of secrets are not needed, and not in what is written.
    const { code, stdout, stderr } = await runGw(['eject', 'orders', '--json'], {
      cwd: place.path,
      env: { EJECT_TEST_SECRET: '' },
    })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).not.toMatch(/let-me-in|xxxxxxxx/)
    await writeFiles(place, stdout)
    const after = await inChild(place, script(port), env)
    expect(after.direct).toEqual(before)
    expect(after.plain.slice(0, 3).map((one) => (one as { status: number }).status)).toEqual([200, 401, 200])
    expect(after.plain[5]).toBe('No route to orders has the path /o/9')
    expect(after.renamed).toEqual({ ...before[0], text: expect.stringMatching(/^\/base\/7 /) as string })
    expect(after.unguarded.status).toBe(401)
    expect(after.health.status).toBe(200)
  })

  it('passes the type checker', { timeout: 120_000 }, async () => {
    await using place = await folder({
      'stamp.mjs': STAMP,
      'stamp.d.mts': "export { trace as stamp } from '@postern/plugin-trace'\n",
      'internal.txt': 'x',
      'gateway.yaml': config(4001),
    })
    const { stdout } = await runGw(['eject', 'orders', '--json'], {
      cwd: place.path,
      env: { EJECT_TEST_SECRET: 'x'.repeat(32) },
    })
    await writeFiles(place, stdout)
    const options = {
      extends: join(WORKSPACE, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        rootDir: '/',
        isolatedDeclarations: false,
        typeRoots: [join(WORKSPACE, 'node_modules/@types')],
      },
      include: ['eject'],
    }
    await place.write('tsconfig.json', JSON.stringify(options))
    const tsc = join(WORKSPACE, 'node_modules/typescript/bin/tsc')
    const said = await run(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: place.path }).catch(
      (error: unknown) => error as { stdout: string },
    )
    expect(said.stdout).toBe('')
  })
})

async function answer(response: Response): Promise<object> {
  return {
    status: response.status,
    text: response.ok ? await response.text() : '',
    stamp: response.headers.get('x-stamp'),
  }
}

async function writeFiles(place: Folder, json: string): Promise<void> {
  const [ejected] = JSON.parse(json) as { service: string; files: Record<string, string> }[]
  for (const [name, text] of Object.entries(ejected?.files ?? {}))
    await place.write(`eject/${ejected?.service}/${name}`, text)
}

interface Outcome {
  readonly direct: unknown[]
  readonly plain: unknown[]
  readonly renamed: object
  readonly unguarded: { readonly status: number }
  readonly health: { readonly status: number }
}

async function inChild(place: Folder, text: string, env: object): Promise<Outcome> {
  await writeFile(join(place.path, 'run.mjs'), text)
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const { stdout } = await run(process.execPath, ['--conditions=@postern/source', 'run.mjs'], {
    cwd: place.path,
    env: { ...inherited, ...env },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Outcome
}
