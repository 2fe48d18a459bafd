/** What modules rely on in a folder of packages, and would not find in one file. */
import { readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { basename, dirname, extname, sep } from 'node:path'
import type { Loader, OnLoadResult, Plugin } from 'esbuild'

/** Makes `require`, `__dirname` and `__filename` exist, which CommonJS packages use and ES modules lack. */
export const BANNER: string = [
  `import { createRequire as posternCreateRequire } from 'node:module'`,
  `import { dirname as posternDirname } from 'node:path'`,
  `import { fileURLToPath as posternFileURLToPath } from 'node:url'`,
  `const require = posternCreateRequire(import.meta.url)`,
  `const __filename = posternFileURLToPath(import.meta.url)`,
  `const __dirname = posternDirname(__filename)`,
].join('\n')

/** Names of Node's modules. */
const BUILTINS = new RegExp(`^(node:.+|${builtinModules.join('|')})$`)

/** `createRequire(import.meta.url)('yaml')`: esbuild follows `require('yaml')` only. */
const REQUIRE = /\b\w*createRequire\w*\(import\.meta\.url\)\((['"][^'"]+['"])\)/g

/** A thread of piscina starts a file of the package; in a bundle it is the bundle that starts once more. */
const THREADS = `
  export * from 'node:worker_threads'
  import { Worker as NodeWorker } from 'node:worker_threads'
  export class Worker extends NodeWorker {
    constructor(_file, options) { super(new URL(import.meta.url), options) }
  }
`

/**
 * A module of Node, as a property of which what an older Node lacks is only missing. As an import it would keep the bundle from
 * being linked, and nothing in it could say so.
 */
const builtinSource = (name: string): string => `module.exports = require(${JSON.stringify(`node:${name}`)})`

/** The plugin of esbuild that adapts modules, and what it came upon. */
export interface Adaptation {
  readonly plugin: Plugin
  /** What was left out: it is not installed, and is asked for only when it is used. */
  readonly missing: Set<string>
  /** Files of machine code, which throw when they are used. */
  readonly native: Set<string>
}

/** Makes the plugin of esbuild that adapts them. */
export function adapt(): Adaptation {
  const missing = new Set<string>()
  const native = new Set<string>()
  const plugin: Plugin = {
    name: 'postern',
    setup(build) {
      build.onResolve({ filter: /^(node:)?worker_threads$/ }, ({ importer }) =>
        importer.includes(`${sep}piscina${sep}dist${sep}`)
          ? { path: 'worker_threads', namespace: 'postern' }
          : undefined,
      )
      build.onLoad({ filter: /^worker_threads$/, namespace: 'postern' }, () => ({ contents: THREADS }))
      build.onResolve({ filter: BUILTINS, namespace: 'file' }, ({ path, kind, importer }) =>
        kind === 'import-statement' && importer !== ''
          ? { path: path.replace(/^node:/, ''), namespace: 'postern-node' }
          : undefined,
      )
      build.onLoad({ filter: /./, namespace: 'postern-node' }, ({ path }) => ({
        contents: builtinSource(path),
      }))
      // An optional package that is not there must not stop the build: whoever needs it is told so when it runs.
      build.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === 'entry-point' || pluginData === 'postern' || path.startsWith('node:')) return undefined
        if (kind !== 'dynamic-import' && kind !== 'require-call') return undefined
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: 'postern' })
        if (found.errors.length === 0) return found
        missing.add(path)
        return { path, external: true }
      })
      build.onLoad({ filter: /\.node$/ }, ({ path }) => {
        native.add(path)
        const message = `${basename(path)} is machine code, which gw build cannot put into one file`
        return { contents: `throw new Error(${JSON.stringify(message)})` }
      })
      build.onLoad({ filter: /\.[cm]?[jt]s$/ }, async ({ path }): Promise<OnLoadResult | undefined> => {
        const text = await readFile(path, 'utf8')
        if (!text.includes('(import.meta.url)(')) return undefined
        const contents = text.replaceAll(REQUIRE, 'require($1)')
        const loader: Loader = /\.[cm]?ts$/.test(extname(path)) ? 'ts' : 'js'
        return { contents, loader, resolveDir: dirname(path) }
      })
    },
  }
  return { plugin, missing, native }
}
