/** What `gw` says and ends with when it cannot do what was asked. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { folder, WORKSPACE } from './_support/folder.ts'
import { runGw } from './_support/gw.ts'

describe('with --json a failure is JSON on standard output, and a sentence on standard error', () => {
  it.each([
    ['check --json', 2, /^There is no configuration in /],
    ['check --format json', 2, /^There is no configuration in /],
    ['routes --json', 2, /^There is no configuration in /],
    ['routes --json -c bad.yaml', 2, /^bad\.yaml:1:1 {2}upstreem: Unknown key/],
    ['build --json -c bad.yaml', 2, /^bad\.yaml:1:1 {2}upstreem: Unknown key/],
    ['diff a.yaml b.yaml --format=json', 2, /^There is no file .*a\.yaml\.$/],
    ['edges --json --dot access.log', 2, /^Give one of --json, --mermaid and --dot\.$/],
    ['trace 4bf92f35 empty.log --json', 1, /4bf92f35/],
    ['status --json --admin 127.0.0.1:1', 2, /^No gateway listens at http:\/\/127\.0\.0\.1:1\./],
    ['census --json --draft access.log', 2, /^A policy is drafted by the running gateway/],
    ['plugin check --json ./nothing', 2, /^There is no package\.json in /],
    ['plugin new --json No', 2, /^"No" is not an npm name/],
    ['init --json --out gateway.txt', 2, /^--out gateway\.txt: /],
    ['routes --json --nope', 2, /^unknown option '--nope'$/],
  ] as const)('gw %s', async (line, exitCode, message) => {
    await using place = await folder({ 'bad.yaml': 'upstreem: x\n', 'empty.log': '' })
    const { code, stdout, stderr } = await runGw(line.split(' '), { cwd: place.path })
    expect(JSON.parse(stdout)).toEqual({
      error: { message: expect.stringMatching(message) as unknown, exitCode },
    })
    expect(code).toBe(exitCode)
    const { error } = JSON.parse(stdout) as { readonly error: { readonly message: string } }
    expect(stderr).toContain(error.message)
  })

  it('leaves the JSON of gw check about problems as it is', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstreem: x\n' })
    const { code, stdout } = await runGw(['check', '--json'], { cwd: place.path })
    expect(JSON.parse(stdout)).toMatchObject({ valid: false, problems: [{ path: 'upstreem' }] })
    expect(code).toBe(1)
  })
})

describe('logs that cannot be read', () => {
  it('are refused by name', async () => {
    await using place = await folder({})
    const server = createServer().listen(join(place.path, 'log.sock'))
    await once(server, 'listening')
    try {
      for (const command of [['edges'], ['trace', '4bf92f35']]) {
        const { code, stdout, stderr } = await runGw([...command, 'log.sock'], { cwd: place.path })
        expect({ code, stdout, stderr }).toEqual({
          code: 2,
          stdout: '',
          stderr: 'log.sock cannot be read: it is a socket.\n',
        })
      }
    } finally {
      server.close()
    }
  })

  it.skipIf(process.getuid?.() === 0)('for want of rights, too', async () => {
    await using place = await folder({})
    const file = await place.write('access.log', '{}\n')
    const handle = await open(file)
    await handle.chmod(0)
    await handle.close()
    const { code, stderr } = await runGw(['edges', 'access.log'], { cwd: place.path })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'access.log cannot be read: this user may not.\n',
    })
  })
})

describe('a module that waits for what never comes', () => {
  const NEVER = 'await new Promise(() => {})\nexport const config = {}\n'

  it('is no configuration', async () => {
    await using place = await folder({ 'gateway.mjs': NEVER })
    const { code, stderr } = await runGw(['start'], { cwd: place.path })
    expect(stderr).toMatch(/^gateway\.mjs {2}Error: It never finished loading/)
    expect(code).toBe(2)
  })

  it('is no plugin', async () => {
    await using place = await folder({
      'limit.mjs': NEVER,
      'gateway.yaml': 'plugins: [{ use: ./limit.mjs }]\n',
    })
    const { code, stderr } = await runGw(['check'], { cwd: place.path })
    expect(stderr).toMatch(/plugins\[0\]\.use: The plugin cannot be loaded: It never finished loading/)
    expect(code).toBe(1)
  })
})

describe('durations that no timer can take', () => {
  it.each([['status --interval 30d'], ['status --interval 0'], ['assess --max-time 30d access.log']])(
    'gw %s',
    async (line) => {
      await using place = await folder({})
      const { code, stderr } = await runGw(line.split(' '), { cwd: place.path })
      expect(stderr).toContain('Expected a duration from 1ms to 1d.')
      expect(code).toBe(2)
    },
  )
})

describe.runIf(process.platform === 'linux')('on Linux', () => {
  it('gw migrate names the folder that /proc does not take', async () => {
    await using place = await folder({
      'proxy.mjs': `import { createProxyMiddleware } from 'http-proxy-middleware'
createProxyMiddleware({ target: 'http://orders:3000' })\n`,
    })
    const { code, stderr } = await runGw(['migrate', 'proxy.mjs', '-o', '/proc/x'], { cwd: place.path })
    expect(stderr).toMatch(/^\/proc\/x\/gateway\.yaml cannot be written: /)
    expect(code).toBe(2)
  })

  it.each([['schema'], ['--help'], ['check']])(
    'gw %s says that standard output is full, and is no success',
    async (command) => {
      await using place = await folder({ 'gateway.yaml': 'upstream: http://127.0.0.1:1\n' })
      expect(await runInto('/dev/full', [command], place.path)).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^Standard output cannot be written: ENOSPC/) as unknown,
      })
    },
  )

  it('says so of a file that takes only a part', async () => {
    await using place = await folder({})
    const out = join(place.path, 'schema.json')
    expect(await runInto(out, ['schema'], place.path, 'ulimit -f 1; ')).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Standard output cannot be written: EFBIG/) as unknown,
    })
  })
})

async function runInto(
  out: string,
  args: readonly string[],
  cwd: string,
  before = '',
): Promise<{ code: unknown; stderr: string }> {
  const entry = join(WORKSPACE, 'packages/cli/src/gw.ts')
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(
    'sh',
    [
      '-c',
      `${before}exec "$0" "$@" > ${out}`,
      process.execPath,
      '--conditions=@postern/source',
      entry,
      ...args,
    ],
    // Nothing of the compile cache is to meet the limit.
    { cwd, env: { ...env, NODE_DISABLE_COMPILE_CACHE: '1' }, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const closed = once(child, 'close') as Promise<unknown[]>
  const [stderr, [code]] = await Promise.all([text(child.stderr), closed])
  return { code, stderr }
}
