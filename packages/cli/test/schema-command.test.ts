import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { runGw } from './_support/gw.ts'
import { newAjv } from './_support/json-schema.ts'
import { STAMP } from './_support/plugins.ts'

const FILES = { 'stamp.js': STAMP, 'package.json': '{"type":"module"}' }

/** Whether the printed schema takes a configuration. */
const takes = (printed: string, config: unknown): boolean =>
  newAjv().validate(JSON.parse(printed) as object, config) === true

describe('gw schema', () => {
  it("prints the schema of Postern's plugins", async () => {
    await using place = await folder({})
    const { code, stdout, stderr } = await runGw(['schema'], { cwd: place.path })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const withTrace = (options: unknown) => ({ plugins: [{ use: '@postern/plugin-trace', options }] })
    expect(takes(stdout, withTrace({ sampleRatio: 0.5 }))).toBe(true)
    expect(takes(stdout, withTrace({ sampelRatio: 0.5 }))).toBe(false)
  })

  it('prints that of the plugins in a file, however wrong the rest of it is', async () => {
    const config = 'upstraem: 5\nplugins: [{ use: ./stamp.js, options: { txet: 1 } }]\n'
    await using place = await folder({ ...FILES, 'my.yaml': config })
    const { code, stdout } = await runGw(['schema', 'my.yaml'], { cwd: place.path })
    expect(code).toBe(0)
    expect(takes(stdout, { plugins: [{ use: './stamp.js', options: { text: 'hi' } }] })).toBe(true)
    expect(takes(stdout, { plugins: [{ use: './stamp.js', options: { txet: 'hi' } }] })).toBe(false)
  })

  it('knows plugins that are made in place', async () => {
    const config = `import { stamp } from './stamp.js'\nexport const config = { plugins: [stamp()] }\n`
    await using place = await folder({ ...FILES, 'gateway.ts': config })
    const { stdout } = await runGw(['schema', 'gateway.ts'], { cwd: place.path })
    expect(takes(stdout, { route: { plugins: { stamp: { loud: true } } } })).toBe(true)
    expect(takes(stdout, { route: { plugins: { stamp: { luod: true } } } })).toBe(false)
  })

  it('writes it to a file, and says for whom', async () => {
    await using place = await folder({ ...FILES, 'gateway.yaml': 'plugins: [{ use: ./stamp.js }]\n' })
    const args = ['schema', 'gateway.yaml', '--out', 'gateway.schema.json']
    const { code, stdout, stderr } = await runGw(args, { cwd: place.path })
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Wrote gateway.schema.json for ./stamp.js\n',
    })
    const written = await readFile(join(place.path, 'gateway.schema.json'), 'utf8')
    expect(takes(written, { upstream: 'http://127.0.0.1:9' })).toBe(true)
  })

  it.each([
    ['a file that is not there', ['schema', 'nowhere.yaml'], 2, 'There is no file '],
    ['text that makes no sense', ['schema', 'bad.yaml'], 1, 'bad.yaml:2:1  '],
    [
      'a plugin that is not installed',
      ['schema', 'lost.yaml'],
      1,
      'lost.yaml:1:18  plugins[0].use: There is no package',
    ],
    [
      'a place that cannot be written to',
      ['schema', '--out', 'no/folder.json'],
      1,
      'no/folder.json cannot be written: ',
    ],
  ])('says what is wrong with %s', async (_name, args, code, words) => {
    await using place = await folder({
      'bad.yaml': 'plugins: [\n',
      'lost.yaml': "plugins: [{ use: '@acme/limits' }]\n",
    })
    const finished = await runGw(args, { cwd: place.path })
    expect(finished.stderr).toContain(words)
    expect(finished).toMatchObject({ code, stdout: '' })
  })
})
