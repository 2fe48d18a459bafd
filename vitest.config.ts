import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'

/**
 * Packages are tested from their sources (`@postern/source`); each package's `dist.test.ts` tests what was built. Not `module`,
 * which Vite has by default: Node does not know it, and some libraries have files for bundlers behind it that Node cannot load.
 */
const source = { conditions: ['@postern/source', 'node', 'development|production'] }

const shared = {
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // Tests wait for sockets and timers half of their time: one file per core would leave the cores idle.
  maxWorkers: availableParallelism() + 1,
  // Many tests start processes, which would all compile the same sources.
  env: { NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node-compile', import.meta.url)) },
}

/**
 * Tests that look at the whole process, its timers, sockets, memory or listeners, by package: each file gets a process that
 * nobody used before it. All other files share a few, since to start one and to load everything anew costs more than most files.
 */
const WHOLE_PROCESS: Readonly<Record<string, readonly string[]>> = {
  core: [
    'test/conformance.test.ts',
    'test/testing/conformance.test.ts',
    'test/http2/connections.test.ts',
    'test/seats/young-garbage.test.ts',
    'test/upgrade/{drain,tunnel}.test.ts',
    'test/upstream/{aborts,backpressure,memory,resources}.test.ts',
  ],
  'plugin-auth': [
    'test/{gateway,whole,workers}.test.ts',
    'test/schemes/{basic,conformance}.test.ts',
    'test/census/conformance.test.ts',
  ],
  'plugin-trace': ['test/conformance.test.ts'],
  'plugin-routing': ['test/conformance.test.ts'],
}

/**
 * Tests that take long, since they run under load, kill processes, build or start many of them: `npm run test:all` and CI run them,
 * `npm test`, for which a person waits, leaves them out, as it does `WHOLE_PROCESS`, benchmarks and reliability.
 */
const LONG: Readonly<Record<string, readonly string[]>> = {
  'plugin-auth': ['test/soak/soak.test.ts', 'test/worker-faults.test.ts', 'test/outbound/outbound.test.ts'],
  'plugin-routing': ['test/drills/*.test.ts', 'test/proofs/*.test.ts'],
  cli: [
    'test/plugin/dist.test.ts',
    'test/build/dist.test.ts',
    'test/workers/*.test.ts',
    'test/{trace,edges,schema,init,lifecycle}.test.ts',
    'test/{eject,migrate}/*.test.ts',
  ],
}

const project = (name: string, root: string, settings: object = {}) => ({
  resolve: source,
  ssr: { resolve: source },
  test: { ...shared, name, root, include: ['test/**/*.test.ts', '*.test.ts'], ...settings },
})

const filesOf = (packages: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.entries(packages).flatMap(([name, files]) => files.map((file) => `${name}/${file}`))

/** A package of the gateway, but for its tests in `WHOLE_PROCESS` and `LONG`. */
const gatewayPackage = (name: string, settings: object = {}) =>
  project(name, `packages/${name}`, {
    isolate: false,
    exclude: [...configDefaults.exclude, ...(WHOLE_PROCESS[name] ?? []), ...(LONG[name] ?? [])],
    ...settings,
  })

export default defineConfig({
  test: {
    projects: [
      gatewayPackage('core', {
        typecheck: { enabled: true, include: ['test/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
      }),
      gatewayPackage('plugin-auth'),
      gatewayPackage('plugin-trace'),
      gatewayPackage('plugin-routing'),
      gatewayPackage('cli'),
      project('process', 'packages', {
        include: filesOf(WHOLE_PROCESS),
      }),
      project('long', 'packages', { include: filesOf(LONG) }),
      project('benchmarks', 'benchmarks'),
      // Its figures are those of a process that has the machine to itself.
      project('reliability', 'reliability', { maxWorkers: 1, sequence: { groupOrder: 1 } }),
      project('examples', 'examples'),
      project('docs', 'docs'),
      { test: { ...shared, name: 'tools', root: 'tools', include: ['test/**/*.test.ts'] } },
    ],
  },
})
