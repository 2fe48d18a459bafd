/** The first module of a bundle, as text. */
import { EXIT } from '../exit-codes.ts'
import { oldNodeProblem } from '../node-version.ts'

/** What the bundle is to have in it. */
export interface Entry {
  /** The file of `@postern/cli/bundle`. */
  readonly gw: string
  /** The configuration. `undefined`: it is read from a file when the bundle starts. */
  readonly config: { readonly name: string; readonly text?: string; readonly file: string } | undefined
  /** Files of the plugins, by what the configuration calls them. */
  readonly plugins: ReadonlyMap<string, string>
  /** What worker threads run. */
  readonly threads: Threads | undefined
}

/** Functions of worker threads, and what runs them there. */
export interface Threads {
  /** Files that export them, by their names. */
  readonly functions: ReadonlyMap<string, string>
  /** The file that piscina starts in a thread. */
  readonly runner: string
}

/**
 * The bundle is started in two ways: as a process it is `gw`, as a worker thread it runs what a plugin has for workers. Everything
 * is behind `import()`, so that a thread loads nothing of the gateway.
 */
export function entrySource({ gw, config, plugins, threads }: Entry): string {
  const load = (file: string): string => `() => import(${JSON.stringify(file)})`
  const functions = [...(threads?.functions ?? [])]
  return [
    `import { fileURLToPath } from 'node:url'`,
    `import { isMainThread } from 'node:worker_threads'`,
    `const file = fileURLToPath(import.meta.url)`,
    // Before anything that an older Node lacks is asked for.
    `const problem = (${String(oldNodeProblem)})(process.versions.node)`,
    `if (problem !== undefined) {`,
    `  process.stderr.write(problem + '\\n')`,
    `  process.exit(${EXIT.usage})`,
    `}`,
    // Plugins ask for it before they look for the file of a worker (docs/gw-build.md).
    `globalThis[Symbol.for('@postern/bundle')] = file`,
    ...functions.map(
      ([name, from]) =>
        `export const ${name} = async (...args) => (await import(${JSON.stringify(from)})).${name}(...args)`,
    ),
    `if (isMainThread) {`,
    `  const { runBundle } = await import(${JSON.stringify(gw)})`,
    `  await runBundle({`,
    `    file,`,
    ...(config ? [`    config: ${configSource(config)},`] : []),
    `    plugins: {`,
    ...[...plugins].map(([use, from]) => `      ${JSON.stringify(use)}: ${load(from)},`),
    `    },`,
    `  }, process.argv.slice(2))`,
    `}`,
    ...(threads
      ? [
          `else {`,
          ...functions.map(([, from]) => `  await import(${JSON.stringify(from)})`),
          `  await import(${JSON.stringify(threads.runner)})`,
          `}`,
        ]
      : []),
  ].join('\n')
}

function configSource({ name, text, file }: NonNullable<Entry['config']>): string {
  const value =
    text === undefined ? `module: () => import(${JSON.stringify(file)})` : `text: ${JSON.stringify(text)}`
  return `{ name: ${JSON.stringify(name)}, ${value} }`
}
