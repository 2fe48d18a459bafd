import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/index.ts'
import { startChecker } from './_support/checker.ts'
import { folder } from './_support/folder.ts'
import { FROM_THE_FUTURE, NEEDY, STAMP } from './_support/plugins.ts'

const gw = startChecker()
afterAll(() => gw.close())

const FILES = {
  'stamp.js': STAMP,
  'future.js': FROM_THE_FUTURE,
  'needy.js': NEEDY,
  'empty.js': 'export const x = 1\n',
}

const withStamp = (more: string): string =>
  `upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js }]\n${more}`

const check = async (config: string, name = 'gateway.yaml') => {
  await using place = await folder({ ...FILES, 'package.json': '{"type":"module"}', [name]: config })
  return await gw.check(place.path)
}

/** What the loader says, without a process of its own. */
const refusal = async (config: string, name: string): Promise<string> => {
  await using place = await folder({ [name]: config })
  const loaded = await loadConfig(join(place.path, name)).catch((error: unknown) => error)
  expect(loaded).toBeInstanceOf(ConfigError)
  return (loaded as ConfigError).message
}

describe('gw check', () => {
  it('prints the plugins in the order in which they run', async () => {
    const { code, stdout } = await check(
      'upstream: http://127.0.0.1:9\nplugins:\n  - use: ./stamp.js\n    mode: shadow\n',
    )
    expect(stdout).toBe('gateway.yaml is valid.\n  plugins  1. stamp  2.1.0  shadow\n')
    expect(code).toBe(0)
  })

  it('points at the place of each mistake, all at once and in order', async () => {
    const { code, stderr } = await check(`listen: { port: 70000 }
upstraem: http://127.0.0.1:9
timeouts:
  totalMs: soon
plugins:
  - use: ./stamp.js
    mode: shadwo
    opitons: {}
  - use: ./stamp.js
    options:
      txet: hi
      other: 1
      jwt:
        - issuer: 5
        - audience: gateway
`)
    expect(stderr).toBe(`gateway.yaml:1:17  listen.port: Invalid value: Expected <=65535 but received 70000
 1 | listen: { port: 70000 }
   |                 ^
gateway.yaml:2:1  upstraem: Unknown key "upstraem": did you mean "upstream"?
 2 | upstraem: http://127.0.0.1:9
   | ^
gateway.yaml:4:12  timeouts.totalMs: Invalid type: Expected number but received "soon"
 4 |   totalMs: soon
   |            ^
gateway.yaml:7:11  plugins[0].mode: Invalid type: Expected ("off" | "observe" | "shadow" | "enforce") but received "shadwo"
 7 |     mode: shadwo
   |           ^
gateway.yaml:8:5  plugins[0].opitons: Unknown key "opitons": did you mean "options"?
 8 |     opitons: {}
   |     ^
gateway.yaml:11:7  plugins[1].options.txet: Unknown key "txet": did you mean "text"?
 11 |       txet: hi
    |       ^
gateway.yaml:12:7  plugins[1].options.other: Unknown key "other": expected one of text, jwt
 12 |       other: 1
    |       ^
gateway.yaml:14:19  plugins[1].options.jwt[0].issuer: Invalid type: Expected string but received 5
 14 |         - issuer: 5
    |                   ^
gateway.yaml:15:11  plugins[1].options.jwt[1].issuer: Missing key "issuer"
 15 |         - audience: gateway
    |           ^
9 problems
`)
    expect(code).toBe(1)
  })

  it('shows what would act on a terminal, and does not send it there', async () => {
    const { stderr } = await check('upstream: http://127.0.0.1:9\n"\\e[2J": \u001b[2J\n')
    expect(stderr).toContain('gateway.yaml:2:1  \\u001b[2J: Unknown key')
    expect(stderr).toContain(' 2 | "\\e[2J": \ufffd[2J\n')
    expect(stderr).not.toContain('\u001b')
  })

  it('does the same for JSON', async () => {
    const { stderr } = await check(
      '{\n\t"upstream": "http://127.0.0.1:9",\n\t"plugins": [{ "use": "./stamp.js", "mdoe": "off" }]\n}',
      'gateway.json',
    )
    expect(stderr).toContain('gateway.json:3:37  plugins[0].mdoe: Unknown key "mdoe": did you mean "mode"?')
    expect(stderr).toMatch(/\n {3}\| \t {35}\^\n/)
  })

  it('names the path alone for TypeScript', async () => {
    const { code, stderr } = await check(
      `import { stamp } from './stamp.js'\nexport const config = { plugins: [stamp({ text: 5 }), { use: './nowhere.js' }] }\n`,
      'gateway.ts',
    )
    expect(stderr).toContain(
      'gateway.ts  plugins[0].options.text: Invalid type: Expected string but received 5',
    )
    expect(stderr).toContain('gateway.ts  plugins[1].use: There is no file ./nowhere.js')
    expect(code).toBe(1)
  })
})

describe('text that cannot be read', () => {
  it.each([
    ['a tab as indentation', 'plugins:\n\t- use: x\n', '2:1  YAML does not allow tabs as indentation'],
    ['a repeated key', 'via: a\nvia: b\n', '2:1  The same key stands twice in one object'],
    ['a bracket that is not closed', 'plugins: [\n  { use: x }\n', '3:1  '],
    ['a quote that is not closed', 'via: "a\n', '2:1  '],
    [
      'an alias without its anchor',
      'via: *name\n',
      '1:6  The alias *name has no anchor &name before it\n 1 | via: *name',
    ],
    ['an unknown tag', 'via: !env NAME\n', '1:6  Unresolved tag: !env'],
    ['two documents', 'via: a\n---\nvia: b\n', '2:1  More than one document in one file'],
    ['no object', '- use: x\n', '1:1  Expected an object'],
    ['nothing', '# only a comment\n', 'Expected an object'],
  ])('YAML with %s', async (_name, text, words) => {
    const message = await refusal(text, 'gateway.yaml')
    expect(message).toContain(words)
    expect(message).toContain('gateway.yaml')
  })

  it.each([
    ['a comma too many', '{\n  "via": "a",\n}', '3:1  '],
    ['a missing comma', '{\n  "via": "a"\n  "upstream": "b"\n}', '3:3  '],
    ['a bare word', '{\n  "via": yes\n}', "2:10  Unexpected token 'y'"],
    ['a comment', '{\n  // words\n}', '2:3  '],
    ['no end', '{\n  "via": "a"', '2:13  '],
    ['a repeated key', '{\n  "via": "a",\n  "via": "b"\n}', '3:3  The same key stands twice in one object'],
  ])('JSON with %s', async (_name, text, words) => {
    expect(await refusal(text, 'gateway.json')).toContain(`gateway.json:${words}`)
  })

  it.each([
    ['syntax that is wrong', 'export const config = {\n  via: ,\n}\n', /^gateway\.ts:2/],
    ['a throw', `\nthrow new Error('no luck')\n`, /^gateway\.ts:2:7 {2}Error: no luck/],
    ['no export', 'export const other = 1\n', /^gateway\.ts {2}It exports no config/],
  ])('TypeScript with %s', async (_name, text, words) => {
    const { code, stderr } = await check(text, 'gateway.ts')
    expect(stderr).toMatch(words)
    expect(code).toBe(1)
  })
})

describe('plugins that cannot run', () => {
  it.each([
    [
      'is not installed',
      '@acme/limits',
      'There is no package "@acme/limits". Install it: npm install @acme/limits',
    ],
    ['is not there', './nowhere.js', 'There is no file ./nowhere.js'],
    ['has no plugin in it', './empty.js', '"./empty.js" exports no plugin'],
    ['was built for another hook API', './future.js', 'GW_PLUGIN_API_MISMATCH'],
    ['needs what nobody provides', './needy.js', 'GW_SLOT_UNPROVIDED'],
  ])('a module that %s', async (_name, use, words) => {
    const { code, stderr } = await check(`upstream: http://127.0.0.1:9\nplugins:\n  - use: '${use}'\n`)
    expect(stderr).toMatch(/^gateway\.yaml:3:10 {2}plugins\[0\]\.use: /)
    expect(stderr).toContain(words)
    expect(code).toBe(1)
  })

  it('the same plugin twice is shown at the second', async () => {
    const { stderr } = await check(
      'upstream: http://127.0.0.1:9\nplugins:\n  - use: ./stamp.js\n  - use: ./stamp.js\n',
    )
    expect(stderr).toMatch(/^gateway\.yaml:4:10 {2}plugins\[1\]\.use: .*GW_PLUGIN_DUPLICATE/)
  })
})

describe('what only core or a plugin can say about the whole', () => {
  it('an upstream that is no URL is shown at its value', async () => {
    const { stderr } = await check('upstream: localhost\n')
    expect(stderr).toMatch(/^gateway\.yaml:1:11 {2}upstream: /)
  })

  it('one bad address among good ones is shown at that address', async () => {
    const { stderr } = await check('trustedProxies:\n  - 10.0.0.0/8\n  - 10.0.0.0/99\n')
    expect(stderr).toMatch(/^gateway\.yaml:3:5 {2}trustedProxies\[1\]: "10\.0\.0\.0\/99" is /)
  })

  it('a plugin on the default route that is not part of the gateway is shown with the one that was meant', async () => {
    const { stderr } = await check(withStamp('route:\n  plugins:\n    stmap: off\n'))
    expect(stderr).toContain(
      'gateway.yaml:5:5  route.plugins.stmap: Unknown key "stmap": did you mean "stamp"?',
    )
  })

  it('options of a plugin on the default route are checked by the plugin', async () => {
    const { stderr } = await check(withStamp('route:\n  plugins:\n    stamp: { mode: shadow, luod: true }\n'))
    const words = 'route.plugins.stamp.luod: Unknown key "luod": did you mean "loud"?'
    expect(stderr).toContain(`gateway.yaml:5:28  ${words}`)
  })

  it.each([
    ['a service that is not there', 'to: odrers', '10:43  plugins[1].options.routes[0].to: '],
    [
      'a plugin that is not there',
      'to: orders, plugins: { stmap: off }',
      '10:62  plugins[1].options.routes[0].plugins.stmap: ',
    ],
    [
      'options that a plugin does not have there',
      'to: orders, plugins: { stamp: { luod: true } }',
      '10:71  plugins[1].options.routes[0].plugins.stamp.luod: Unknown key "luod": did you mean "loud"?',
    ],
  ])('a route of the routing plugin with %s is shown where it is written', async (_name, route, words) => {
    const { code, stderr } = await check(`plugins:
  - use: ./stamp.js
  - use: '@postern/plugin-routing'
    options:
      services:
        orders:
          endpoints:
            - http://127.0.0.1:9
      routes:
        - { match: { path: /orders }, ${route} }
`)
    expect(stderr).toContain(`gateway.yaml:${words}`)
    expect(code).toBe(1)
  })
})
