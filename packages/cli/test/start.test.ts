import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { runGw, startGw } from './_support/gw.ts'
import { STAMP } from './_support/plugins.ts'
import { upstream } from './_support/upstream.ts'

const hello = () => upstream((request, response) => response.end(`hello ${request.url}`))

describe('gw start', () => {
  it('starts from YAML and proxies through a plugin that is a file beside it', async () => {
    await using target = await hello()
    await using place = await folder({
      'stamp.js': STAMP,
      'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\nplugins:\n  - use: ./stamp.js\n    options: { text: yaml }\n`,
    })
    await using gw = startGw(['start'], { cwd: place.path })
    const response = await fetch(`${await gw.listening()}/orders?x=1`)
    expect(await response.text()).toBe('hello /orders?x=1')
    expect(response.headers.get('x-stamp')).toBe('yaml')
    expect(gw.stderr).toMatch(
      /config +gateway\.yaml\n +upstream +http:\S+\n +plugins +1\. stamp +2\.1\.0 +enforce/,
    )
  })

  it('starts from JSON with the same names', async () => {
    await using target = await hello()
    const config = {
      listen: { port: 0 },
      upstream: target.url,
      plugins: [{ use: './stamp.js', options: { text: 'json' } }],
    }
    await using place = await folder({
      'stamp.js': STAMP,
      'gateway.json': JSON.stringify(config, null, '\t'),
    })
    await using gw = startGw(['start'], { cwd: place.path })
    const response = await fetch(await gw.listening())
    expect(response.headers.get('x-stamp')).toBe('json')
  })

  it('starts from TypeScript, with plugins made in place', async () => {
    await using target = await hello()
    await using place = await folder({
      'package.json': '{ "type": "module" }',
      'stamp.js': STAMP,
      'gateway.ts': [
        `import { defineConfig } from '@postern/cli'`,
        `import { stamp } from './stamp.js'`,
        `const port: number = 0`,
        `export const config = defineConfig({`,
        `  listen: { port }, upstream: '${target.url}', plugins: [stamp({ text: 'ts' })],`,
        `})`,
      ].join('\n'),
    })
    await using gw = startGw(['start'], { cwd: place.path })
    const response = await fetch(await gw.listening())
    expect(response.headers.get('x-stamp')).toBe('ts')
  })

  it('finds @postern/plugin-trace also where nothing is installed', async () => {
    await using target = await hello()
    await using place = await folder(
      {
        'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\nplugins: [{ use: '@postern/plugin-trace' }]\n`,
      },
      false,
    )
    await using gw = startGw(['start'], { cwd: place.path })
    expect((await fetch(await gw.listening())).status).toBe(200)
    expect(gw.stderr).toContain('@postern/plugin-trace')
  })

  it('lets --port and --host win over the file, and takes --config from any folder', async () => {
    await using target = await hello()
    await using place = await folder({
      'conf/edge.yaml': `listen: { port: 1, host: 192.0.2.1 }\nupstream: ${target.url}\n`,
    })
    const args = ['start', '--config', 'conf/edge.yaml', '--port', '0', '--host', '127.0.0.1']
    await using gw = startGw(args, { cwd: place.path })
    expect((await fetch(await gw.listening())).status).toBe(200)
  })

  it('puts only JSON lines on standard output', async () => {
    await using target = await hello()
    await using place = await folder({ 'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\n` })
    await using gw = startGw(['start'], { cwd: place.path })
    await fetch(await gw.listening())
    gw.child.kill('SIGTERM')
    const { stdout } = await gw.finished
    for (const line of stdout.split('\n').filter(Boolean)) expect(() => void JSON.parse(line)).not.toThrow()
  })

  it('goes on when nobody reads its messages any more', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using place = await folder({ 'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\n` })
    await using gw = startGw(['start', '--no-watch'], { cwd: place.path })
    const url = await gw.listening()
    gw.child.stderr?.destroy()
    // Each reload is a message. The second goes into a pipe that the first has found broken.
    for (let reload = 0; reload < 2; reload++) {
      gw.child.kill('SIGHUP')
      await sleep(500)
      expect((await fetch(url)).status).toBe(200)
    }
    gw.child.kill('SIGTERM')
    expect((await gw.finished).code).toBe(0)
  })

  it('says in one line that the port is taken, and exits with 1', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await using place = await folder({
      'gateway.yaml': `listen: { port: ${port} }\nupstream: http://127.0.0.1:9\n`,
    })
    const { code, stderr } = await runGw(['start'], { cwd: place.path })
    server.close()
    expect(stderr).toMatch(/^Cannot listen: Port \d+ on 127\.0\.0\.1 is taken by another process.*\n$/)
    expect(code).toBe(1)
  })

  it('does not start with a configuration that is not valid, and exits with 2', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstream: 5\n' })
    const { code, stderr } = await runGw(['start'], { cwd: place.path })
    expect(stderr).toContain('gateway.yaml:1:11  upstream: ')
    expect(code).toBe(2)
  })
})

describe('bad usage', () => {
  it('names what was looked for when there is no configuration', async () => {
    await using place = await folder({})
    const { code, stderr } = await runGw(['start'], { cwd: place.path })
    expect(stderr).toContain(
      'gateway.yaml, gateway.yml, gateway.json, gateway.ts, gateway.mts, gateway.js, gateway.mjs',
    )
    expect(code).toBe(2)
  })

  it.each([
    [['start', '--config', 'other.yaml'], /There is no file .*other\.yaml/],
    [['start', '--port', 'http'], /Expected a number from 0 to 65535/],
    [['start', '--prot', '1'], /unknown option '--prot'[\s\S]*Did you mean --port/],
    [['strat'], /unknown command 'strat'[\s\S]*Did you mean start/],
    [['start', 'gateway.yaml'], /too many arguments/],
    [[], /Usage: gw/],
  ])('exits with 2 on %j', async (args, words) => {
    await using place = await folder({})
    const { code, stderr } = await runGw(args, { cwd: place.path })
    expect(stderr).toMatch(words)
    expect(code).toBe(2)
  })

  it('calls this folder by a name when it is given as the configuration', async () => {
    await using place = await folder({})
    const { code, stderr } = await runGw(['start', '--config', '.'], { cwd: place.path })
    expect(code).toBe(2)
    expect(stderr).toBe('. is not a configuration: expected .yaml, .yml, .json, .ts, .mts, .js or .mjs.\n')
  })

  it('exits with 0 on --help and --version', async () => {
    await using place = await folder({})
    expect(await runGw(['--help'], { cwd: place.path })).toMatchObject({ code: 0, stdout: /start/ })
    expect(await runGw(['--version'], { cwd: place.path })).toMatchObject({
      code: 0,
      stdout: /^\d+\.\d+\.\d+\n$/,
    })
  })
})
