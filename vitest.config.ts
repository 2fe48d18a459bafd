import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** Packages are tested from their sources (`@postern/source`); each package's `dist.test.ts` tests what was built. */
const source = { conditions: ['@postern/source', 'module', 'node', 'development|production'] }

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Tests wait for sockets and timers half of their time: one file per core would leave the cores idle.
  maxWorkers: availableParallelism() + 1,
  // Many tests start processes, which would all compile the same sources.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
}

const project = (name: string, root: string, settings: object = {}) => ({
  resolve: source,
  ssr: { resolve: source },
  test: { ...shared, name, root, include: ['test/**/*.test.ts', '*.test.ts'], ...settings },
})

export default defineConfig({
  test: {
    projects: [
      project('core', 'packages/core', {
        typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
      }),
      project('plugin-auth', 'packages/plugin-auth'),
      project('plugin-trace', 'packages/plugin-trace'),
      project('plugin-routing', 'packages/plugin-routing'),
      project('cli', 'packages/cli'),
      project('benchmarks', 'benchmarks'),
      // Its figures are those of a process that has the machine to itself.
      project('reliability', 'reliability', { maxWorkers: 1, sequence: { groupOrder: 1 } }),
      project('examples', 'examples'),
      project('docs', 'docs'),
      { test: { ...shared, name: 'tools', root: 'tools', include: ['test/**/*.test.ts'] } },
    ],
  },
})
