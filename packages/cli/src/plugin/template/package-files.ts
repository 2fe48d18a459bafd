/** What makes a folder a package: package.json, the settings of tools, CI, changesets. */
import type { PluginPlan } from '../plan.ts'

/** Tried together. A test holds them equal to what Postern itself is built with. */
const VERSIONS = {
  '@changesets/cli': '3.0.3',
  '@types/node': '26.6.6',
  typescript: '7.0.2',
  valibot: '1.5.0',
  vitest: '5.1.1',
  zod: '4.6.7',
} as const

/** The files by path. */
export function packageFiles(plan: PluginPlan): Record<string, string> {
  return {
    'package.json': json(manifest(plan)),
    'tsconfig.json': json(TSCONFIG),
    'tsconfig.build.json': json(TSCONFIG_BUILD),
    '.gitignore': 'node_modules/\ndist/\n*.tgz\n',
    '.github/workflows/ci.yml': CI,
    '.changeset/config.json': json({
      changelog: '@changesets/cli/changelog',
      commit: false,
      access: plan.license === 'UNLICENSED' ? 'restricted' : 'public',
      baseBranch: 'main',
    }),
    '.changeset/first-release.md': `---\n'${plan.name}': minor\n---\n\nThe first release.\n`,
  }
}

function manifest({ name, license, schema, core, cli, fault }: PluginPlan): object {
  const what = { guard: 'refuses requests', observer: 'watches requests', transform: 'changes answers' }[
    fault
  ]
  return {
    name,
    version: '0.0.0',
    description: `A plugin for Postern that ${what}.`,
    keywords: ['postern', 'postern-plugin'],
    license,
    type: 'module',
    engines: { node: '>=22.19' },
    files: ['dist', 'README.md', 'LICENSE', 'CHANGELOG.md'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    scripts: {
      build: 'tsc -p tsconfig.build.json',
      typecheck: 'tsc -p tsconfig.json',
      test: 'vitest run',
      check: 'gw plugin check',
      changeset: 'changeset',
      prepack: 'npm run build',
    },
    dependencies: { [schema]: VERSIONS[schema] },
    // A range that ends: who installs a core of another major is told so, by npm and by the start.
    peerDependencies: { '@postern/core': core },
    devDependencies: {
      '@changesets/cli': VERSIONS['@changesets/cli'],
      '@postern/cli': cli,
      '@postern/core': core,
      '@types/node': VERSIONS['@types/node'],
      typescript: VERSIONS.typescript,
      vitest: VERSIONS.vitest,
    },
    postern: { conformance: './test/conformance.ts' },
  }
}

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['src', 'test'],
}

const TSCONFIG_BUILD = {
  extends: './tsconfig.json',
  compilerOptions: { noEmit: false, declaration: true, rootDir: 'src', outDir: 'dist' },
  include: ['src'],
}

const CI = `name: ci
on:
  push: { branches: [main] }
  pull_request:
permissions: { contents: read }
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix: { node: [22, 24, 26] }
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with: { node-version: '\${{ matrix.node }}', cache: npm }
      - run: npm ci --ignore-scripts
      - run: npm run build
      - run: npm run typecheck
      - run: npm test
      - run: npm run check
      - run: npm pack --dry-run
`

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
