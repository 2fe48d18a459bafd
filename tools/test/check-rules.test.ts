import { describe, expect, test } from 'vitest'
import { findChangesetProblems, findConfigProblems } from '../check-changesets.ts'
import { findHosts, findLoosePins, findSplitVersions, findUnexplained } from '../check-dependencies.ts'
import { closureOf, findHeavy } from '../check-install.ts'
import { findFileProblems } from '../check-pack.ts'
import { findOptOuts } from '../check-types.ts'
import type { Manifest } from '../lib/workspace.ts'

describe('dependencies', () => {
  const workspace = (manifest: Omit<Manifest, 'name'>) => ({
    folder: 'packages/x',
    manifest: { name: '@postern/x', ...manifest },
  })

  test('a range is no pin, except for our own packages', () => {
    const found = findLoosePins(
      workspace({
        dependencies: { a: '^1.0.0', b: '1.0.0', '@postern/core': '^0.1.0' },
        devDependencies: { c: '*' },
      }),
    )
    expect(found).toEqual([expect.stringContaining('a is'), expect.stringContaining('c is')])
  })

  test('a peer needs an upper end', () => {
    const found = findLoosePins(
      workspace({ peerDependencies: { a: '>=1.9.0', b: '>=1.9.0 <2', c: '^1.0.0' } }),
    )
    expect(found).toEqual([expect.stringContaining("peer a '>=1.9.0' has no upper end")])
  })

  test('one library, one version', () => {
    const found = findSplitVersions([
      workspace({ dependencies: { a: '1.0.0' } }),
      workspace({ devDependencies: { a: '1.0.1' } }),
    ])
    expect(found).toEqual([expect.stringContaining('a has several versions')])
  })

  test('a README gives a reason for each library, in a line or a table row', () => {
    const manifest = {
      name: '@postern/x',
      dependencies: { a: '1.0.0', b: '1.0.0', c: '1.0.0', '@postern/core': '^0.1.0' },
    }
    const readme = 'This uses `a` for reading tokens.\n| `b` | runs the workers apart |\n`c`\n'
    expect(findUnexplained('packages/x', manifest, readme)).toEqual([expect.stringContaining('`c`')])
  })

  test('the lockfile names no host, links are fine', () => {
    const packages = {
      'node_modules/a': { resolved: 'https://host.example/a.tgz' },
      'node_modules/b': { resolved: 'packages/b', link: true },
    }
    expect(findHosts({ packages })).toEqual([expect.stringContaining('node_modules/a')])
  })
})

describe('lean install', () => {
  const core = { name: '@postern/core', dependencies: { undici: '1.0.0' } }
  const trace = {
    name: '@postern/plugin-trace',
    peerDependencies: { '@postern/core': '^0.1.0', '@opentelemetry/api': '^1.0.0' },
  }
  const lock = {
    'node_modules/undici': { name: 'undici', dependencies: { deep: '1.0.0' } },
    'node_modules/undici/node_modules/deep': { name: 'deep', dependencies: { jose: '1.0.0' } },
    'node_modules/deep': { name: 'deep' },
    'node_modules/jose': { name: 'jose' },
    'node_modules/@opentelemetry/api': { name: '@opentelemetry/api' },
  }

  test('follows dependencies as Node would find them, and peers that are required', () => {
    expect([...closureOf(['@postern/plugin-trace'], [core, trace], lock)].sort()).toEqual(
      ['@opentelemetry/api', '@postern/core', '@postern/plugin-trace', 'deep', 'jose', 'undici'].sort(),
    )
  })

  test('an optional peer is not installed', () => {
    const optional = { ...trace, peerDependenciesMeta: { '@opentelemetry/api': { optional: true } } }
    expect(closureOf(['@postern/plugin-trace'], [core, optional], lock)).not.toContain('@opentelemetry/api')
  })

  test('a library that comes along by a detour is found', () => {
    expect(findHeavy([core, trace], lock)).toContain('@postern/core + @postern/plugin-trace installs jose')
  })
})

describe('tarball', () => {
  const files = (extra: Record<string, string>) =>
    new Map(
      Object.entries({ 'package.json': '{}', 'README.md': '', LICENSE: '', ...extra }).map(([name, text]) => [
        name,
        Buffer.from(text),
      ]),
    )

  test.each([
    ['no licence', new Map([['package.json', Buffer.from('{}')]]), /LICENSE is not in the tarball/],
    ['a source map', files({ 'dist/index.js.map': '{}' }), /index\.js\.map must not be published/],
    ['a test', files({ 'dist/a.test.js': '' }), /a\.test\.js must not be published/],
    ['a source', files({ 'src/index.ts': '' }), /src\/index\.ts must not be published/],
    [
      'a path of the machine',
      files({ 'dist/index.js': `// ${['', 'home', 'someone', 'x'].join('/')}` }),
      /contains/,
    ],
    [
      'a library of another package',
      files({ 'dist/index.js': 'import { jwtVerify } from "jose"' }),
      /contains 'jose'/,
    ],
    [
      'telemetry in core',
      files({ 'dist/chunks/a.js': 'import "@opentelemetry/api"' }),
      /contains '@opentelemetry\/api'/,
    ],
    [
      'a map that is not there',
      files({ 'dist/index.js': '//# sourceMappingURL=index.js.map' }),
      /points at a source map/,
    ],
  ])('refuses %s', (_what, content, message) => {
    expect(findFileProblems('@postern/core', content).join('\n')).toMatch(message)
  })

  test('accepts a package as it should be', () => {
    expect(
      findFileProblems('@postern/core', files({ 'dist/index.js': 'export {}', 'dist/types/index.d.ts': '' })),
    ).toEqual([])
  })
})

describe('types', () => {
  test('a workspace may not soften the shared settings', () => {
    expect(
      findOptOuts('x', '{"extends":"../../tsconfig.base.json","compilerOptions":{"strict":false}}'),
    ).toEqual([expect.stringContaining("'strict'")])
    expect(findOptOuts('x', '{}')).toEqual([expect.stringContaining('must extend')])
    expect(
      findOptOuts('x', '{"extends":"../../tsconfig.build.json","compilerOptions":{"outDir":"dist"}}'),
    ).toEqual([])
  })
})

describe('changesets', () => {
  const good = { fixed: [], linked: [], ignore: [], access: 'public', baseBranch: 'main' }
  const unsafe = {
    ___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH: { onlyUpdatePeerDependentsWhenOutOfRange: true },
  }

  test('versions are independent', () => {
    expect(findConfigProblems({ ...good, ...unsafe })).toEqual([])
    expect(findConfigProblems({ ...good, ...unsafe, linked: [['@postern/*']] })).toEqual([
      expect.stringContaining("'linked'"),
    ])
    expect(findConfigProblems(good)).toEqual([
      expect.stringContaining('onlyUpdatePeerDependentsWhenOutOfRange'),
    ])
  })

  test('a changeset names packages, a bump and what a user reads', () => {
    const packages = ['@postern/core']
    expect(findChangesetProblems('a.md', "---\n'@postern/core': minor\n---\n\nText.\n", packages)).toEqual([])
    expect(findChangesetProblems('a.md', "---\n'@postern/cor': minor\n---\n\nText.\n", packages)).toEqual([
      expect.stringContaining('names no published package'),
    ])
    expect(findChangesetProblems('a.md', "---\n'@postern/core': big\n---\n\nText.\n", packages)).toEqual([
      expect.stringContaining('is no patch'),
    ])
    expect(findChangesetProblems('a.md', "---\n'@postern/core': patch\n---\n", packages)).toEqual([
      expect.stringContaining('says nothing'),
    ])
    expect(findChangesetProblems('a.md', 'Text.', packages)).toEqual([
      expect.stringContaining('no front matter'),
    ])
  })
})
