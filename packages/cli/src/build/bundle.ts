/** Runs esbuild: once to see of what packages the bundle is made, and once with what they need. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, BuildResult, Message } from 'esbuild'
import { displayPath } from '../errors.ts'
import { adapt, BANNER } from './adapt.ts'
import { type Entry, entrySource } from './entry.ts'
import type { Esbuild } from './esbuild.ts'
import { type BundledPackage, licenceComment, packagesOf, threadsOf } from './packages.ts'

/** What to bundle, and how. */
export interface BundleRequest extends Omit<Entry, 'threads' | 'gw'> {
  /** Folder of the configuration. */
  readonly folder: string
  /** Absolute path of the file to make. */
  readonly out: string
  /** Make it small. Default: false. */
  readonly minify?: boolean
  /** Make a source map. Default: false. */
  readonly sourcemap?: boolean
}

/** A bundle, not yet written. */
export interface Bundle {
  readonly code: string
  readonly map: string | undefined
  readonly bytes: number
  readonly packages: readonly BundledPackage[]
  /** What will not work in it. */
  readonly warnings: readonly string[]
}

/** @throws {Error} with the words of esbuild, when something cannot be bundled. */
export async function bundle(esbuild: Esbuild, request: BundleRequest): Promise<Bundle> {
  const gw = fileURLToPath(import.meta.resolve('@postern/cli/bundle'))
  const { plugin, missing, native } = adapt()
  const run = (threads: Entry['threads']): Promise<BuildResult<{ metafile: true; write: false }>> => {
    const contents = entrySource({ ...request, gw, threads })
    return esbuild.build({
      ...SETTINGS,
      conditions: conditions(),
      banner: { js: BANNER },
      plugins: [plugin],
      stdin: { contents, resolveDir: request.folder, sourcefile: 'bundle-entry.mjs' },
      absWorkingDir: request.folder,
      outfile: request.out,
      minify: request.minify ?? false,
      // Names are in messages and stacks, and cost little.
      keepNames: request.minify ?? false,
      sourcemap: request.sourcemap ? 'linked' : false,
    })
  }
  const filesOf = ({ metafile }: { readonly metafile: { readonly inputs: object } }): string[] =>
    Object.keys(metafile.inputs)
      .filter((input) => !/^postern(-node)?:/.test(input) && input !== 'bundle-entry.mjs')
      .map((input) => resolve(request.folder, input))
  try {
    const first = await run(undefined)
    const threads = threadsOf(packagesOf(filesOf(first)))
    const result = threads ? await run(threads) : first
    const packages = packagesOf(filesOf(result))
    const text = (ending: string): string | undefined =>
      result.outputFiles.find(({ path }) => path.endsWith(ending))?.text
    const code = withLicences(text('js') ?? '', licenceComment(packages))
    const warnings = [
      ...result.warnings.map(wordsOf),
      ...[...native].map((file) => `Not in it: ${displayPath(file)}, which is machine code`),
      ...twoCores(packages),
    ]
    return { code, map: text('.map'), bytes: Buffer.byteLength(code), packages, warnings }
  } catch (error) {
    const { errors } = error as { readonly errors?: readonly Message[] }
    if (!errors) throw error
    throw new Error(`It cannot be bundled:\n${errors.map((message) => `  ${wordsOf(message)}`).join('\n')}`)
  } finally {
    missing.clear()
  }
}

const SETTINGS = {
  bundle: true,
  write: false,
  metafile: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.19',
  legalComments: 'eof',
  logLevel: 'silent',
  // Machine code: esbuild, which a bundle has no use for, and what lets piscina lower the priority of threads, by an option that
  // nobody sets.
  external: ['esbuild', '@napi-rs/nice'],
  // Packages say that they have no side effects so that unused imports go.
  logOverride: { 'ignored-bare-import': 'silent' },
} as const satisfies BuildOptions

/** Conditions of this process hold in the bundle, too: what is bundled is what `gw start` would load. */
function conditions(argv: readonly string[] = process.execArgv): string[] {
  return argv.flatMap((argument, index) => {
    const [, inline] = /^(?:--conditions|-C)=(.+)$/.exec(argument) ?? []
    if (inline !== undefined) return [inline]
    return /^(--conditions|-C)$/.test(argv[index - 1] ?? '') ? [argument] : []
  })
}

function wordsOf({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}  ${text}` : text
}

/** The comment that names a source map stays last. */
function withLicences(code: string, licences: string): string {
  const at = code.lastIndexOf('\n//# sourceMappingURL=')
  return at < 0 ? `${code}${licences}` : `${code.slice(0, at + 1)}${licences}${code.slice(at + 1)}`
}

function twoCores(packages: readonly BundledPackage[]): string[] {
  const cores = packages.filter(({ name }) => name === '@postern/core')
  if (cores.length < 2) return []
  return [
    `There are ${cores.length} copies of @postern/core in it: ${cores.map(({ folder }) => folder).join(', ')}`,
  ]
}
