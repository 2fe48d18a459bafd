import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gatewayOptionsSchema, listenOptionsSchema, modeSettingsSchema } from '@postern/core'
import { toJsonSchema } from '@valibot/to-json-schema'
import { describe, expect, it } from 'vitest'
import { installedPlugins, usedPlugins } from '../src/config/used-plugins.ts'
import { configSchema } from '../src/schema/config-schema.ts'
import { isSchema, type JsonSchema, propertiesOf } from '../src/schema/json-schema.ts'
import { ValibotTrees } from '../src/schema/valibot-tree.ts'
import { folder, WORKSPACE } from './_support/folder.ts'
import { judge, newAjv } from './_support/json-schema.ts'
import { STAMP } from './_support/plugins.ts'

const plugins = await installedPlugins(WORKSPACE)
const ours = configSchema(plugins)

/** Every schema below a schema, with the words that lead to it. */
function* walk(schema: unknown, path: readonly string[] = []): Generator<readonly [string, JsonSchema]> {
  if (Array.isArray(schema)) {
    for (const [index, child] of schema.entries()) yield* walk(child, [...path, String(index)])
  } else if (isSchema(schema)) {
    yield [path.join('/'), schema]
    for (const [word, child] of Object.entries(schema)) yield* walk(child, [...path, word])
  }
}

describe('the schema of our plugins', () => {
  it('is a schema of draft-07', () => {
    const ajv = newAjv()
    expect(ajv.validateSchema(ours), ajv.errorsText()).toBe(true)
    expect(() => ajv.compile(ours)).not.toThrow()
  })

  it('says of every option what it is', () => {
    const definitions = ours['definitions'] as Record<string, JsonSchema>
    const words = ['routing.options', 'trace.options', 'auth.options', 'auth.route']
    expect(Object.keys(definitions)).toEqual(expect.arrayContaining(words))
    const silent = [{ ...ours, definitions: {} }, ...words.map((word) => definitions[word])].flatMap((part) =>
      [...walk(part)].flatMap(([path, schema]) =>
        Object.entries(path.endsWith('/if') || path.endsWith('/then') ? {} : propertiesOf(schema))
          .filter(([, child]) => typeof child['description'] !== 'string')
          .map(([key]) => `${path}/${key}`),
      ),
    )
    expect(silent).toEqual([])
  })

  it('gives defaults that fit where they stand', () => {
    const { definitions } = ours
    const bad = [...walk(ours)].flatMap(([path, schema]) => {
      if (!('default' in schema) || path.endsWith('properties')) return []
      return newAjv().validate({ ...schema, definitions }, schema['default']) ? [] : [path]
    })
    expect(bad).toEqual([])
  })

  it('leaves out what only code can give', () => {
    const text = JSON.stringify(ours)
    for (const key of ['hostBody', 'ledger', 'view']) expect(text).not.toContain(`"${key}":`)
    expect(propertiesOf(ours)['logger']).toMatchObject({ const: false })
  })

  it('loses no check but those by code', () => {
    const core = [gatewayOptionsSchema, listenOptionsSchema, modeSettingsSchema]
    const theirs = plugins.flatMap(({ definition }) => [definition.options, definition.routeOptions])
    for (const schema of [...core, ...theirs]) {
      const tree = new ValibotTrees().of(schema) as unknown as Parameters<typeof toJsonSchema>[0]
      const convert = () =>
        toJsonSchema(tree, {
          typeMode: 'input',
          ignoreActions: ['check', 'raw_check', 'to_lower_case'],
          // Several patterns, and a bound that is infinite: the tests of files have them.
          overrideAction: ({ valibotAction: { type }, jsonSchema }) =>
            type === 'regex' || type === 'max_value' ? jsonSchema : undefined,
        })
      expect(convert).not.toThrow()
    }
  })

  it('has bounds, patterns, choices and defaults', () => {
    const { timeouts, logLevel, timingHeader } = propertiesOf(ours)
    expect(propertiesOf(timeouts ?? {})['connectMs']).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 2_147_483_647,
      description: 'From handing a request to the upstream leg until a connection took it.',
      default: 5000,
    })
    expect(logLevel).toMatchObject({ enum: ['debug', 'info', 'warn', 'error'], default: 'info' })
    expect(timingHeader).toMatchObject({ type: 'string', pattern: /^\^\[!#/ })
  })
})

const FILES = {
  'stamp.js': STAMP,
  'package.json': '{"type":"module"}',
  'cert.pem': 'x',
  'rule.txt': '/healthz',
}

const verdicts = async (config: string, name = 'gateway.yaml') => {
  await using place = await folder({ ...FILES, [name]: config })
  return await judge(join(place.path, name))
}

const routing = (rest: string): string => `plugins:
  - use: '@postern/plugin-auth'
    mode: shadow
    options:
      jwt: [{ issuer: 'https://idp.internal', audience: gateway, algorithms: [ES256] }]
  - use: ./stamp.js
  - use: '@postern/plugin-routing'
    options:
      ${rest.trim().replaceAll('\n', '\n      ')}
`
const SERVICES = "services: { orders: { endpoints: ['http://127.0.0.1:9'] } }"
const service = (more: string): string =>
  routing(`services: { orders: { ${more} } }\nroutes: [{ match: { path: /orders }, to: orders }]`)
const route = (more: string): string =>
  routing(`${SERVICES}\nroutes: [{ match: { path: /orders }, to: orders, ${more} }]`)

describe('files that gw check accepts', () => {
  it.each([
    ['nothing but an upstream', 'upstream: http://127.0.0.1:9\n'],
    [
      'an upstream with more to say',
      'upstream: { url: "http://127.0.0.1:9", protocol: http2 }\nlogger: false\n',
    ],
    [
      'all times and limits',
      'upstream: http://127.0.0.1:9\ntimeouts: { totalMs: 0, idleMs: 5 }\nlimits: { attempts: 10, requestBodyBytes: 1.5e12 }\n',
    ],
    [
      'listening on a socket',
      'upstream: http://127.0.0.1:9\nlisten: { socketPath: gw.sock, socketMode: 0o660, protocols: [http2] }\n',
    ],
    ['the address of its schema', '$schema: ./gateway.schema.json\nupstream: http://127.0.0.1:9\n'],
    [
      'a mode on the default route',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js }]\nroute: { plugins: { stamp: off } }\n',
    ],
    [
      'options on the default route',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, percent: 5, except: { ci: off } }]\nroute: { plugins: { stamp: { mode: shadow, loud: true } } }\n',
    ],
    [
      'routes with options of plugins',
      route('plugins: { auth: { scopes: [orders.read], percent: 10 }, stamp: { loud: true } }'),
    ],
    [
      'routes with everything',
      route(`retry: { on: [connect, 503], methods: [GET] }, hedge: { afterMs: 10 }, breaker: { consecutiveFailures: 3 },
  rewrite: { path: { replacePrefix: /v2 }, host: { name: a.internal }, requestHeaders: { set: { x-a: b }, remove: [x-c] } },
  mirror: { to: orders, percent: 1 }, timeouts: { totalMs: 5 }, limits: { attempts: 1 }`),
    ],
    [
      'conditions of all forms',
      routing(`${SERVICES}
routes:
  - match: { host: '*.internal', method: [GET, POST], headers: { a: b, c: { prefix: d }, e: { present: true } }, query: { f: { exact: '' } } }
    to: { rules: [{ when: { caller: [a, b] }, to: orders }], otherwise: { split: [{ to: orders, weight: 1 }], by: { header: x-user } } }`),
    ],
    [
      'a service found in DNS',
      service('discovery: { dns: { name: orders.internal, port: 80, server: "127.0.0.1:1", type: A } }'),
    ],
    [
      'a service with health, names and balance',
      service(`endpoints: [{ url: 'http://127.0.0.1:9', weight: 0.5, zone: a }], balance: { hash: caller, boundedLoad: 2 },
  health: { passive: { failureRate: { threshold: 0.5 } }, active: { path: /healthz, expectStatus: [200, 204] } },
  aliases: [{ name: old, movedFrom: /old, movedTo: /orders, until: 2027-03-01 }], retryBudget: { ratio: 0 }`),
    ],
    [
      'secrets in place of texts',
      service(
        "endpoints: ['http://127.0.0.1:9'], owner: { env: PATH }, health: { active: { path: { file: rule.txt } } }",
      ),
    ],
  ])('%s', async (_name, config) => {
    expect(await verdicts(config)).toEqual({ schema: '', check: '' })
  })

  const blocks = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md'], {
    cwd: WORKSPACE,
  })
    .flatMap((page) =>
      [...readFileSync(join(WORKSPACE, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(
        (match) => [page, match[1] ?? ''] as const,
      ),
    )
    .filter(([, text]) => !/use: ['"]?\.\//.test(text))
  it('there are examples in the pages', () => expect(blocks.length).toBeGreaterThan(3))
  it.each(blocks)('an example of %s', async (_page, text) => {
    expect((await verdicts(text)).schema).toBe('')
  })
})

describe('files that gw check refuses', () => {
  it.each([
    ['a wrong type', 'upstream: 5\n'],
    ['an unknown key', 'upstraem: http://127.0.0.1:9\n'],
    ['an unknown key deep inside', 'upstream: http://127.0.0.1:9\nlisten: { tls: { cret: x } }\n'],
    ['a port that is none', 'upstream: http://127.0.0.1:9\nlisten: { port: 70000 }\n'],
    ['a fraction of a millisecond', 'upstream: http://127.0.0.1:9\ntimeouts: { totalMs: 0.5 }\n'],
    ['a choice that is none', 'upstream: http://127.0.0.1:9\npaths: { dotSegments: keep }\n'],
    ['a header that is none', 'upstream: http://127.0.0.1:9\ntimingHeader: a b\n'],
    ['a logger', 'upstream: http://127.0.0.1:9\nlogger: true\n'],
    ['what only code can give', 'upstream: http://127.0.0.1:9\nhostBody: read\n'],
    ['an entry without a plugin', 'upstream: http://127.0.0.1:9\nplugins: [{ mode: off }]\n'],
    ['an entry that is a text', "upstream: http://127.0.0.1:9\nplugins: ['@postern/plugin-trace']\n"],
    [
      'an unknown key beside use',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, opitons: {} }]\n',
    ],
    ['a mode that is none', 'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, mode: shadwo }]\n'],
    [
      'a percentage above 100',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, percent: 101 }]\n',
    ],
    [
      'an unknown option of a plugin',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, options: { txet: a } }]\n',
    ],
    ['missing options', "plugins: [{ use: '@postern/plugin-routing' }]\n"],
    [
      'a missing required option',
      "plugins: [{ use: '@postern/plugin-routing', options: { services: {} } }]\n",
    ],
    [
      'a ratio above 1',
      "upstream: http://127.0.0.1:9\nplugins: [{ use: '@postern/plugin-trace', options: { sampleRatio: 2 } }]\n",
    ],
    ['a plugin on a route that is not there', route('plugins: { stmap: off }')],
    ['an unknown option of a plugin on a route', route('plugins: { stamp: { luod: true } }')],
    ['an option of another plugin on a route', route('plugins: { stamp: { scopes: [a] } }')],
    ['a mode on a route that is none', route('plugins: { auth: shadwo }')],
    ['a plugin without options on a route', route('plugins: { routing: { loud: true } }')],
    ["an unknown key of core's in a route", route('timeouts: { toalMs: 5 }')],
    ["a bound of core's in a route", route('limits: { attempts: 11 }')],
    ['a method in lower case', routing(`${SERVICES}\nroutes: [{ match: { method: get }, to: orders }]`)],
    ['methods of retries in lower case', route('retry: { methods: [get] }')],
    [
      'a condition of no form',
      routing(`${SERVICES}\nroutes: [{ match: { headers: { a: { suffix: b } } }, to: orders }]`),
    ],
    ['a route that leads nowhere', routing(`${SERVICES}\nroutes: [{ match: { path: /a } }]`)],
    [
      'a split without services',
      routing(`${SERVICES}\nroutes: [{ match: { path: /a }, to: { split: [] } }]`),
    ],
    ['a hedge at once', route('hedge: { afterMs: 0 }')],
    ['an endpoint with an unknown key', service("endpoints: [{ url: 'http://127.0.0.1:9', wieght: 1 }]")],
    ['an endpoint without an address', service('endpoints: [{ weight: 1 }]')],
    ['no endpoints', service('endpoints: []')],
    [
      'a share of failures that is 0',
      service("endpoints: ['http://127.0.0.1:9'], health: { passive: { failureRate: { threshold: 0 } } }"),
    ],
    [
      'a date that is none',
      service("endpoints: ['http://127.0.0.1:9'], aliases: [{ name: a, until: soon }]"),
    ],
    ['a DNS name with blanks', service('discovery: { dns: { name: "a b", port: 80 } }')],
    [
      'a secret where no text is',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, options: { jwt: { env: PATH } } }]\n',
    ],
    [
      'a secret with more keys',
      'upstream: http://127.0.0.1:9\nplugins: [{ use: ./stamp.js, options: { text: { env: PATH, more: 1 } } }]\n',
    ],
    ['a secret outside of plugins and TLS', 'upstream: http://127.0.0.1:9\nvia: { env: PATH }\n'],
    [
      'a private key in the file',
      'upstream: http://127.0.0.1:9\nlisten: { tls: { cert: { file: cert.pem }, key: secret } }\n',
    ],
    ['a passphrase in the file', 'upstream: { url: "https://127.0.0.1:9", tls: { passphrase: secret } }\n'],
    ['a drain that goes back in time', 'upstream: http://127.0.0.1:9\ndrain: { graceMs: -1 }\n'],
  ])('%s', async (_name, config) => {
    const { schema, check } = await verdicts(config)
    expect(check).not.toBe('')
    expect(schema).not.toBe('')
  })
})

describe('plugins of others', () => {
  const definition = (more: string): string =>
    `import { createRequire } from 'node:module'
import { definePlugin } from '@postern/core'
import * as v from 'valibot'
export const other = definePlugin({ name: 'other', version: '1.0.0', api: '1.0', fault: 'observer', setup() {}, ${more} })`
  const schemaOf = async (more: string): Promise<JsonSchema> => {
    const files = { 'package.json': '{"type":"module"}', 'other.js': definition(more) }
    await using place = await folder({ ...files, 'gateway.yaml': 'plugins: [{ use: ./other.js }]\n' })
    return configSchema(await usedPlugins(join(place.path, 'gateway.yaml')))
  }
  const fits = (schema: JsonSchema, options: unknown, route: unknown = 'off'): boolean =>
    newAjv().validate(schema, {
      plugins: [{ use: './other.js', options }],
      route: { plugins: { other: route } },
    }) === true

  it('with a schema that gives JSON Schema of its own, definitions and all', async () => {
    const standard = (json: string): string =>
      `{ '~standard': { version: 1, vendor: 'acme', validate: (value) => ({ value }), jsonSchema: { input: ({ target }) => {
        if (target !== 'draft-07') throw new Error(target)
        return ${json} } } } }`
    const tree = `{ $schema: 'http://json-schema.org/draft-07/schema#', $id: 'acme', type: 'object', required: ['root'],
      properties: { root: { $ref: '#/definitions/node' } }, additionalProperties: false,
      definitions: { node: { type: 'object', properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#/definitions/node' } } }, additionalProperties: false } } }`
    const route = `{ anyOf: [{ type: 'object', properties: { loud: { type: 'boolean' }, key: { type: 'string' } }, additionalProperties: false }] }`
    const schema = await schemaOf(`options: ${standard(tree)}, routeOptions: ${standard(route)}`)
    expect(
      fits(
        schema,
        { root: { children: [{ name: 'a' }, { name: { env: 'NAME' } }] } },
        { mode: 'shadow', loud: true, key: { env: 'KEY' } },
      ),
    ).toBe(true)
    expect(fits(schema, { root: { children: [{ nmae: 'a' }] } })).toBe(false)
    expect(fits(schema, { root: {} }, { laud: true })).toBe(false)
    expect(fits(schema, {})).toBe(false)
  })

  it('with a schema of valibot that looks at the value, runs code, or has itself inside', async () => {
    const schema = await schemaOf(`options: (() => {
      const node = v.strictObject({ name: v.optional(v.string()), children: v.optional(v.array(v.lazy(() => node))) })
      return v.strictObject({
        node: v.optional(node),
        chosen: v.optional(v.lazy((input) => (input.length > 3 ? v.string() : v.number()))),
        checked: v.optional(v.custom((input) => input === 5)),
        called: v.optional(v.function()),
        since: v.optional(v.union([v.date(), v.pipe(v.string(), v.regex(/^[a-z]+$/i), v.transform(Number))])),
      })
    })()`)
    expect(
      fits(schema, { node: { children: [{ name: 'a' }] }, chosen: 'abcd', checked: 5, since: 'ABC' }),
    ).toBe(true)
    expect(fits(schema, { node: { children: [{ nmae: 'a' }] } })).toBe(false)
    expect(fits(schema, { called: 'x' })).toBe(false)
    expect(fits(schema, { since: 5 })).toBe(false)
  })

  it('with another copy of valibot', async () => {
    // Required, it is a file of its own beside the one that is imported.
    const copy = `createRequire(import.meta.url)('valibot')`
    const schema = await schemaOf(
      `options: ((v) => v.strictObject({ count: v.pipe(v.number(), v.maxValue(5), v.description('How many.')) }))(${copy})`,
    )
    expect(fits(schema, { count: 5 })).toBe(true)
    expect(fits(schema, { count: 6 })).toBe(false)
    expect(JSON.stringify(schema)).toContain('"description":"How many."')
  })

  it.each([
    ['no schema', 'fault: "observer"'],
    [
      'a schema that tells nothing',
      `options: { '~standard': { version: 1, vendor: 'acme', validate: (value) => ({ value }) } }`,
    ],
    [
      'a schema that cannot be said',
      `options: { '~standard': { version: 1, vendor: 'acme', validate: (value) => ({ value }), jsonSchema: { input() { throw new Error('no') } } } }`,
    ],
  ])('with %s takes anything', async (_name, more) => {
    const schema = await schemaOf(more)
    expect(fits(schema, { any: ['thing'] })).toBe(true)
    expect(fits(schema, undefined, { loud: true })).toBe(false)
  })
})
