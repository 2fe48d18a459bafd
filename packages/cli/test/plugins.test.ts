import { afterAll, describe, expect, it } from 'vitest'
import { startChecker } from './_support/checker.ts'
import { folder } from './_support/folder.ts'

const gw = startChecker()
afterAll(() => gw.close())

/** A package that was made without core's types: what makes a plugin is a brand that every copy of core knows. */
const plugin = (name: string): string =>
  `Object.assign((options, settings = {}) => ({ [Symbol.for('@postern/core/plugin-instance')]: true, definition: ${name},
    options: options ?? {}, settings }), { [Symbol.for('@postern/core/plugin')]: true, definition: ${name} })`

const definition = (name: string): string =>
  `{ name: '${name}', version: '1.0.0', api: '1.0', fault: 'observer', setup() {} }`

const check = async (files: Readonly<Record<string, string>>, use: string) => {
  const config = `upstream: http://127.0.0.1:9\nplugins:\n  - use: '${use}'\n`
  await using place = await folder({ ...files, 'gateway.yaml': config }, false)
  return await gw.check(place.path)
}

describe('how a plugin is found', () => {
  it('as a package that is installed beside the configuration and offers only import', async () => {
    const { stdout } = await check(
      {
        'node_modules/@acme/limits/package.json': '{ "exports": { ".": { "import": "./index.mjs" } } }',
        'node_modules/@acme/limits/index.mjs': `const a = ${definition('@acme/limits')}\nexport const limits = ${plugin('a')}\n`,
      },
      '@acme/limits',
    )
    expect(stdout).toContain('1. @acme/limits  1.0.0  enforce')
  })

  it('by its own name among several that one package exports', async () => {
    const { stdout } = await check(
      {
        'node_modules/acme/package.json': '{ "type": "module", "exports": "./index.js" }',
        'node_modules/acme/index.js': [
          `const a = ${definition('acme')}, b = ${definition('acme-other')}`,
          `export const first = ${plugin('b')}`,
          `export const second = ${plugin('a')}`,
        ].join('\n'),
      },
      'acme',
    )
    expect(stdout).toContain('1. acme  1.0.0  enforce')
  })

  it('not at all when a module exports several and none has the name', async () => {
    const { stderr } = await check(
      {
        'two.mjs': [
          `const a = ${definition('one')}, b = ${definition('two')}`,
          `export const one = ${plugin('a')}`,
          `export const two = ${plugin('b')}`,
        ].join('\n'),
      },
      './two.mjs',
    )
    expect(stderr).toContain('gateway.yaml:3:10  plugins[0].use: "./two.mjs" exports 2 plugins (one, two)')
  })

  it('as one plugin when it is exported by name and as default', async () => {
    const text = `const a = ${definition('twice')}\nexport const twice = ${plugin('a')}\nexport default twice\n`
    const { stdout } = await check({ 'twice.mjs': text }, './twice.mjs')
    expect(stdout).toContain('1. twice  1.0.0  enforce')
  })

  it('from a TypeScript file', async () => {
    const text = `const a = ${definition('typed')}\nexport const typed: unknown = ${plugin('a')}\n`
    const { stdout } = await check({ 'typed.mts': text }, './typed.mts')
    expect(stdout).toContain('1. typed  1.0.0  enforce')
  })

  it('never as a file without its path, but with a word about it', async () => {
    const { stderr } = await check({ 'limits.mjs': '' }, 'limits.mjs')
    expect(stderr).toContain(
      'There is no package "limits.mjs". There is a file of that name: write ./limits.mjs',
    )
  })

  it('with the reason when its module breaks', async () => {
    const { stderr } = await check({ 'broken.mjs': `import 'not-installed'\n` }, './broken.mjs')
    expect(stderr).toMatch(
      /^gateway\.yaml:3:10 {2}plugins\[0\]\.use: The plugin cannot be loaded: Cannot find package 'not-installed'/,
    )
  })
})
