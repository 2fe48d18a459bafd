import { defineConfig } from 'vitest/config'

/** Packages are tested from their sources (`@postern/source`); each package's `dist.test.ts` tests what was built. */
const source = { conditions: ['@postern/source', 'module', 'node', 'development|production'] }

const project = (name: string, root: string) => ({
  resolve: source,
  ssr: { resolve: source },
  test: {
    name,
    root,
    include: ['test/**/*.test.ts', '*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})

export default defineConfig({
  test: {
    projects: [
      project('core', 'packages/core'),
      project('plugin-auth', 'packages/plugin-auth'),
      project('plugin-trace', 'packages/plugin-trace'),
      project('plugin-routing', 'packages/plugin-routing'),
      project('cli', 'packages/cli'),
      project('benchmarks', 'benchmarks'),
      project('reliability', 'reliability'),
      project('examples', 'examples'),
      project('docs', 'docs'),
      { test: { name: 'tools', root: 'tools', include: ['test/**/*.test.ts'], testTimeout: 20_000 } },
    ],
  },
})
