import { describe, expect, test } from 'vitest'
import { findViolations } from '../check-layers.ts'
import { readImports } from '../lib/imports.ts'

/** Each row is a source that breaks one rule, and a word of the message that must come. */
const BROKEN: readonly (readonly [rule: string, files: Record<string, string>, message: RegExp])[] = [
  [
    'core imports no plugin',
    { 'packages/core/src/gateway.ts': `import '@postern/plugin-auth'` },
    /imports packages\/plugin-auth/,
  ],
  [
    'core imports no command line',
    { 'packages/core/src/gateway.ts': `import '@postern/cli'` },
    /imports packages\/cli/,
  ],
  [
    'core loads no plugin at run time',
    { 'packages/core/src/gateway.ts': `await import('@postern/plugin-auth')` },
    /plugin-auth/,
  ],
  [
    'a plugin imports no plugin',
    { 'packages/plugin-auth/src/index.ts': `import '@postern/plugin-trace'` },
    /imports packages\/plugin-trace/,
  ],
  [
    'nor its types',
    { 'packages/plugin-auth/src/index.ts': `import type { T } from '@postern/plugin-trace'` },
    /imports packages\/plugin-trace/,
  ],
  [
    'nor in a test',
    { 'packages/plugin-auth/test/a.test.ts': `import '@postern/plugin-trace'` },
    /imports packages\/plugin-trace/,
  ],
  [
    'the command line imports no plugin statically',
    { 'packages/cli/src/main.ts': `import '@postern/plugin-auth'` },
    /imports packages\/plugin-auth/,
  ],
  [
    'no import into a package (src)',
    { 'examples/x/main.ts': `import '@postern/core/src/errors.ts'` },
    /reaches into a package/,
  ],
  [
    'no import into a package (dist)',
    { 'examples/x/main.ts': `import '@postern/core/dist/index.js'` },
    /reaches into a package/,
  ],
  [
    'no relative way into a package',
    { 'benchmarks/run.ts': `import '../packages/core/src/errors.ts'` },
    /reaches into a package/,
  ],
  [
    'stages stay apart',
    { 'packages/core/src/listen/server.ts': `import '../match/path.ts'` },
    /stage 'listen' imports stage 'match'/,
  ],
  [
    'also for types',
    { 'packages/core/src/listen/server.ts': `import type { P } from '../match/path.ts'` },
    /stage 'listen' imports stage 'match'/,
  ],
  [
    'also for an import type',
    { 'packages/core/src/listen/server.ts': `export type P = import('../match/path.ts').P` },
    /stage 'listen' imports stage 'match'/,
  ],
  [
    'a stage does not import the journey',
    { 'packages/core/src/listen/server.ts': `import '../journey.ts'` },
    /'listen' imports journey/,
  ],
  [
    'the journey does not import the gateway',
    { 'packages/core/src/journey.ts': `import './gateway.ts'` },
    /'journey' imports gateway/,
  ],
  [
    'shared files import no stage',
    { 'packages/core/src/errors.ts': `export * from './upstream/map-error.ts'` },
    /shared 'errors' imports stage/,
  ],
  [
    'headers import no stage',
    { 'packages/core/src/headers/list.ts': `import '../respond/stream.ts'` },
    /shared 'headers' imports stage/,
  ],
  [
    'nobody imports the entry',
    { 'packages/core/src/gateway.ts': `import './index.ts'` },
    /imports entry 'index'/,
  ],
  [
    'the entry does not import the testing kit',
    { 'packages/core/src/index.ts': `import './testing.ts'` },
    /entry 'index' imports entry 'testing'/,
  ],
  [
    'undici has one owner',
    { 'packages/core/src/journey.ts': `import { Pool } from 'undici'` },
    /imports undici/,
  ],
  [
    'also below its name',
    { 'packages/core/src/journey.ts': `import 'undici/lib/core/request.js'` },
    /imports undici/,
  ],
  [
    'only types where only types are granted',
    { 'packages/core/src/gateway-types.ts': `import { Pool } from 'undici'` },
    /imports undici/,
  ],
  ['tapable has one owner', { 'packages/core/src/gateway.ts': `import 'tapable'` }, /imports tapable/],
  [
    'pino has one owner',
    { 'packages/core/src/gateway.ts': `import type { Logger } from 'pino'` },
    /imports pino/,
  ],
  [
    'trace takes only the types of pino',
    { 'packages/plugin-trace/src/log.ts': `import { pino } from 'pino'` },
    /imports pino/,
  ],
  ['jose stays in verify', { 'packages/plugin-auth/src/index.ts': `import 'jose'` }, /imports jose/],
  ['piscina stays in verify', { 'packages/plugin-auth/src/index.ts': `import 'piscina'` }, /imports piscina/],
  [
    'OpenTelemetry stays in trace',
    { 'packages/core/src/stats.ts': `import '@opentelemetry/api'` },
    /imports @opentelemetry\/api/,
  ],
  [
    'sources do not import tests',
    { 'packages/core/src/stats.ts': `import '../test/_support/x.ts'` },
    /do not depend on tests/,
  ],
  [
    'sources do not import a test runner',
    { 'packages/core/src/testing.ts': `import { test } from 'vitest'` },
    /imports vitest/,
  ],
  [
    'no import cycles',
    {
      'packages/core/src/a.ts': `import './b.ts'`,
      'packages/core/src/b.ts': `import './c.ts'`,
      'packages/core/src/c.ts': `export * from './a.ts'`,
    },
    /import cycle: .*a\.ts -> .*b\.ts -> .*c\.ts -> .*a\.ts/,
  ],
]

const ALLOWED: readonly (readonly [what: string, files: Record<string, string>])[] = [
  [
    'a plugin imports core and its contracts',
    { 'packages/plugin-auth/src/index.ts': `import '@postern/core'; import '@postern/core/contracts'` },
  ],
  [
    'the command line loads a plugin at run time',
    { 'packages/cli/src/load.ts': `await import('@postern/plugin-auth')` },
  ],
  [
    'tests of the command line use plugins',
    { 'packages/cli/test/a.test.ts': `import '@postern/plugin-auth'` },
  ],
  [
    'the journey calls stages',
    {
      'packages/core/src/journey.ts': `import './match/path.ts'; import './errors.ts'; import './headers/list.ts'`,
    },
  ],
  [
    'the testing kit uses the gateway',
    { 'packages/core/src/testing/upstream.ts': `import '../gateway.ts'; import 'undici'` },
  ],
  [
    'types of undici in the Gateway interface',
    { 'packages/core/src/gateway-types.ts': `import type { Dispatcher } from 'undici'` },
  ],
  [
    'a cycle of types is erased',
    {
      'packages/core/src/a.ts': `import type { B } from './b.ts'`,
      'packages/core/src/b.ts': `import './a.ts'`,
    },
  ],
  [
    'a comment and a text are no imports',
    { 'packages/core/src/a.ts': `// import 'undici'\nexport const a = "import 'undici'"` },
  ],
  [
    'tests use any library',
    {
      'packages/core/test/a.test.ts': `import 'undici'; import '../src/upstream/forward.ts'; import '../dist/index.js'`,
    },
  ],
]

describe('layers', () => {
  test.each(BROKEN)('%s', (_rule, files, message) => {
    expect(check(files).join('\n')).toMatch(message)
  })

  test.each(ALLOWED)('allowed: %s', (_what, files) => {
    expect(check(files)).toEqual([])
  })

  test('names the file and the line', () => {
    expect(check({ 'packages/core/src/journey.ts': `\n\nimport {\n  Pool,\n} from 'undici'` })[0]).toMatch(
      /^packages\/core\/src\/journey\.ts:5 /,
    )
  })
})

function check(files: Record<string, string>): string[] {
  const virtual = Object.fromEntries(Object.entries(files).map(([name, text]) => [`/fixture/${name}`, text]))
  return findViolations(readImports('/fixture', Object.keys(files), virtual))
}
