/**
 * Builds the package in the current folder: JavaScript with esbuild, types with tsc.
 *
 * Every entry is named by the package itself: the `exports` map and `bin` give the public entries, and
 * `posternBuild.entries` adds files that are started by path (a worker). Dependencies stay external, so what a
 * package installs is what its package.json says. The output is readable and carries no source maps: a map would
 * publish every source a second time.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'

/**
 * @type {{
 *   exports: Record<string, Record<string, string>>, bin?: Record<string, string>,
 *   dependencies?: Record<string, string>, peerDependencies?: Record<string, string>,
 *   posternBuild?: { entries?: string[] }
 * }}
 */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const external = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })

/** @type {Record<string, string>} */
const entries = {}
for (const target of Object.values(manifest.exports)) {
  const source = target['@postern/source']
  if (source) entries[nameOf(source)] = source
}
for (const target of Object.values(manifest.bin ?? {})) {
  entries[nameOf(target)] = `./src/${nameOf(target)}.ts`
}
for (const source of manifest.posternBuild?.entries ?? []) entries[nameOf(source)] = source

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: entries,
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  external,
  logLevel: 'warning',
}).catch(() => process.exit(1)) // esbuild has printed what is wrong, and where

const require = createRequire(import.meta.url)
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
const types = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' })
process.exitCode = types.status ?? 1

/** @param {string} path */
function nameOf(path) {
  return path.replace(/^.*\//, '').replace(/\.[^.]+$/, '')
}
