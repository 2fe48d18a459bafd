/** `gw plugin`: what it writes builds, tests and packs as it is, and what it checks is what was built. */
import { execFile } from 'node:child_process'
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type Folder, folder, WORKSPACE } from '../_support/folder.ts'
import { type Finished, runGw } from '../_support/gw.ts'

const gw = (place: Folder, ...args: string[]): Promise<Finished> =>
  runGw(args, { cwd: place.path, entry: [join(WORKSPACE, 'packages/cli/dist/gw.js')] })

const execute = promisify(execFile)
const BIN = join(WORKSPACE, 'node_modules/.bin')

/** Runs a tool of the workspace as an npm script would, without the settings of the test that runs here. */
async function tool(cwd: string, name: string, ...args: string[]): Promise<string> {
  const { NODE_OPTIONS: _, VITEST: _vitest, NODE_ENV: _env, ...inherited } = process.env
  const env = { ...inherited, PATH: `${BIN}:${process.env['PATH']}`, NO_COLOR: '1' }
  const { stdout, stderr } = await execute(name, args, { cwd, env }).catch((error: unknown) => {
    throw new Error((error as { readonly stdout: string }).stdout)
  })
  return stdout + stderr
}

const jsonOf = async (place: Folder, path: string): Promise<Record<string, Record<string, string>>> =>
  JSON.parse(await readFile(join(place.path, path), 'utf8')) as Record<string, Record<string, string>>

describe('gw plugin new', () => {
  it('writes a guard that builds, whose own tests pass, and that packs', { timeout: 180_000 }, async () => {
    await using place = await folder({})
    const { code, stdout } = await gw(place, 'plugin', 'new', '@acme/postern-plugin-limit')
    expect([code, stdout.split('\n').slice(0, 2)]).toEqual([
      0,
      ['@acme/postern-plugin-limit is in postern-plugin-limit, 14 files. Next:', '  cd postern-plugin-limit'],
    ])
    const home = join(place.path, 'postern-plugin-limit')
    await tool(home, 'tsc', '-p', 'tsconfig.json')
    expect(await tool(home, 'vitest', 'run')).toMatch(/Tests\s+5\d passed \(5\d\)/)
    // The script `prepack` builds it.
    const packed = await tool(home, 'npm', 'pack', '--dry-run', '--json')
    expect(packed).toContain('"dist/plugin.js"')
    expect(packed).not.toMatch(/"path": "(src|test)/)
    const check = await gw(place, 'plugin', 'check', 'postern-plugin-limit')
    expect(check.stderr).toBe('')
    expect(check.stdout).toMatch(
      /^@acme\/postern-plugin-limit 0\.0\.0, guard, hook API 1\.0, in postern-plugin-limit\n\npackage\.json\n {2}ok\n/,
    )
    expect(check.stdout).toMatch(/leaks {6}5 of 5 passed/)
    expect(check.stdout).toContain(
      'Hook APIs tried: 1.0 (core 0.1.0). There is none before it.\nPassed: 50 checks.',
    )
    expect(check.code).toBe(0)
  })

  it.each(['observer', 'transform'])('writes an %s with zod', async (fault) => {
    await using place = await folder({})
    // A word of the language, which cannot be the name of the factory.
    await gw(
      place,
      'plugin',
      'new',
      'postern-plugin-new',
      '--fault',
      fault,
      '--schema',
      'zod',
      '--dir',
      'mine',
    )
    const home = join(place.path, 'mine')
    await tool(home, 'tsc', '-p', 'tsconfig.json')
    await tool(home, 'tsc', '-p', 'tsconfig.build.json')
    await tool(home, 'vitest', 'run', '-t', '^(sets|counts|conformance contract)')
    const check = await gw(
      place,
      'plugin',
      'check',
      'mine',
      '--area',
      'contract',
      '--area',
      'faults',
      '--json',
    )
    expect(JSON.parse(check.stdout)).toMatchObject({ ok: true, findings: [], cores: [{ plugin: { fault } }] })
  })

  it('uses the versions that Postern itself is built with', async () => {
    await using place = await folder({})
    await gw(place, 'plugin', 'new', 'one')
    await gw(place, 'plugin', 'new', 'two', '--schema', 'zod')
    const one = await jsonOf(place, 'one/package.json')
    const two = await jsonOf(place, 'two/package.json')
    const root = JSON.parse(await readFile(join(WORKSPACE, 'package.json'), 'utf8')) as typeof one
    const cli = JSON.parse(await readFile(join(WORKSPACE, 'packages/cli/package.json'), 'utf8')) as typeof one
    const pinned = { ...root['devDependencies'], ...cli['devDependencies'], ...cli['dependencies'] }
    for (const [name, version] of Object.entries({
      ...one['dependencies'],
      ...two['dependencies'],
      ...one['devDependencies'],
    })) {
      if (!name.startsWith('@postern/')) expect([name, version]).toEqual([name, pinned[name]])
    }
    expect(one['peerDependencies']).toEqual({ '@postern/core': cli['dependencies']?.['@postern/core'] })
  })

  it('refuses names that npm would refuse, and folders that are in use', async () => {
    await using place = await folder({ 'limit/notes.txt': 'mine' })
    const bad = await gw(place, 'plugin', 'new', 'Limit')
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('"Limit" is not an npm name')])
    const full = await gw(place, 'plugin', 'new', 'limit')
    expect([full.code, full.stderr]).toEqual([
      2,
      'limit is not empty. Name another with --dir, or write over it with --force.\n',
    ])
    expect((await gw(place, 'plugin', 'new', 'limit', '--force')).code).toBe(0)
    expect(await readdir(join(place.path, 'limit'))).toContain('notes.txt')
  })
})

/** A plugin that forgets that some exchanges have no route. */
const AUDIT = `
import { definePlugin } from '@postern/core'
export const audit = definePlugin({
  name: 'audit', version: '1.0.0', api: '1.0', fault: 'observer',
  setup({ hooks, logger }) {
    hooks.onFinish.tap(({ route }) => logger.info({ route: route.id }, 'Audited'))
  },
})
`

const manifest = (changes: object = {}): string =>
  JSON.stringify({
    name: 'audit',
    version: '1.0.0',
    type: 'module',
    license: 'MIT',
    engines: { node: '>=22.19' },
    files: ['*.js', '*.d.ts', 'index.js', 'index.d.ts'],
    exports: { types: './index.d.ts', default: './index.js' },
    peerDependencies: { '@postern/core': '^0.1.0' },
    ...changes,
  })

const GOOD = AUDIT.replace('route.id', 'route?.id')
const packageOf = (code: string, changes: object = {}): Record<string, string> => ({
  'package.json': manifest(changes),
  'index.js': code,
  'index.d.ts': 'export {}',
})

describe('gw plugin check', () => {
  it('fails for a plugin that throws, and says in which hook and why', async () => {
    await using place = await folder(packageOf(AUDIT))
    const { code, stdout } = await gw(place, 'plugin', 'check', '--area', 'phases')
    expect(code).toBe(1)
    expect(stdout).toContain('phases     10 of 12 passed')
    expect(stdout).toMatch(
      /failed {2}fails in no hook when no route matches:\n {12}When no route matches .*audit threw in onFinish: TypeError/,
    )
    expect(stdout).toMatch(/\nFailed: 2 of 12 checks, 0 errors beside them\.\n$/)
  })

  it('fails for a package that others could not use, and says what to write', async () => {
    await using place = await folder(
      packageOf(GOOD, {
        version: '1.2.0',
        type: undefined,
        files: ['lib'],
        peerDependencies: { '@postern/core': '>=0.1.0', '@postern/plugin-auth': '^0.1.0' },
        dependencies: { '@postern/core': '0.1.0' },
        engines: undefined,
      }),
    )
    const { code, stdout } = await gw(place, 'plugin', 'check', '--area', 'contract')
    expect(code).toBe(1)
    for (const line of [
      'error  type: Write "type": "module"',
      'warning  engines: Write "engines"',
      'error  files: ./index.js is not in the package',
      'error  peerDependencies: The range ">=0.1.0" of @postern/core has no end',
      'error  dependencies: @postern/core belongs in peerDependencies',
      'error  dependencies: A plugin needs no other plugin (@postern/plugin-auth)',
      'error  version: The plugin says "1.0.0", package.json "1.2.0"',
    ])
      expect(stdout).toContain(line)
  })

  it('says so when there is nothing to load, or what is there is no plugin or ends the process', async () => {
    const of = async (files: Record<string, string>): Promise<string> => {
      await using place = await folder(files)
      const { code, stdout } = await gw(place, 'plugin', 'check', '--area', 'contract')
      expect(code).toBe(1)
      return stdout
    }
    expect(await of({ 'package.json': manifest() })).toContain(
      'error  exports: There is no file ./index.js: build the package',
    )
    expect(await of(packageOf('export const audit = 1'))).toContain(
      'error  It exports no plugin, only audit. A plugin is what definePlugin of @postern/core returns',
    )
    const ends = GOOD.replace('setup({ hooks, logger }) {', 'setup({ hooks, logger }) { process.exit(7)')
    expect(await of(packageOf(ends))).toMatch(/error {2}It ended the process \(7\) in the check ".*"/)
  })

  it('checks against more cores, and says which hook APIs were tried', async () => {
    await using place = await folder(packageOf(GOOD))
    // A core of the next major of the hook API: it runs plugins of the one before.
    const core = join(place.path, 'next-core')
    for (const part of ['package.json', 'dist'])
      await cp(join(WORKSPACE, 'packages/core', part), join(core, part), { recursive: true })
    await rm(join(core, 'dist/types'), { recursive: true })
    for (const name of await readdir(join(core, 'dist'), { recursive: true })) {
      if (!name.endsWith('.js')) continue
      const text = await readFile(join(core, 'dist', name), 'utf8')
      const next = text.replace('HOOK_API = "1.0"', 'HOOK_API = "2.0"')
      await writeFile(
        join(core, 'dist', name),
        next.replace('freeze([HOOK_API])', 'freeze([HOOK_API, "1.0"])'),
      )
    }
    const both = await gw(place, 'plugin', 'check', '--core', 'next-core', '--area', 'contract')
    expect(both.stdout).toContain(
      '@postern/core 0.1.0, hook API 2.0 (given by --core)\n  contract   5 of 5 passed',
    )
    expect(both.stdout).toContain(
      'Hook APIs tried: 1.0 (core 0.1.0), 2.0 (core 0.1.0). These are all that the cores run.',
    )
    const none = await gw(place, 'plugin', 'check', '--core', 'not-there')
    expect([none.code, none.stderr]).toEqual([
      2,
      'There is neither a folder nor an installed package "not-there".\n',
    ])
  })

  it('takes what lets a request through from the command line', async () => {
    await using place = await folder({})
    await gw(place, 'plugin', 'new', 'limit')
    await tool(join(place.path, 'limit'), 'tsc', '-p', 'tsconfig.build.json')
    await rm(join(place.path, 'limit/test'), { recursive: true })
    const seats = ['plugin', 'check', 'limit', '--area', 'seats', '--options', '{"header":"x-team"}']
    expect((await gw(place, ...seats)).stdout).toContain('the client got 400, need 200')
    expect((await gw(place, ...seats, '--header', 'X-Team: checkout')).code).toBe(0)
  })
})
