/** The packages that a bundle is made of. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Threads } from './entry.ts'

/** One of them. */
export interface BundledPackage {
  readonly name: string
  readonly version: string
  /** Its folder. */
  readonly folder: string
  /** What its package.json calls its licence; `unknown` when it says nothing. */
  readonly license: string
  /** Functions that it runs in worker threads: file by name. */
  readonly workers: Readonly<Record<string, string>>
}

/** The packages of some files, by name. */
export function packagesOf(files: readonly string[]): BundledPackage[] {
  const folders = new Map<string, BundledPackage | undefined>()
  const find = (folder: string): BundledPackage | undefined => {
    if (!folders.has(folder)) {
      const parent = dirname(folder)
      folders.set(folder, readPackage(folder) ?? (parent === folder ? undefined : find(parent)))
    }
    return folders.get(folder)
  }
  const found = new Set(files.map((file) => find(dirname(file))))
  return [...found]
    .filter((one) => one !== undefined)
    .sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

/** `undefined` also for the package.json inside of packages that only says `type`. */
function readPackage(folder: string): BundledPackage | undefined {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) return undefined
  const { name, version, license, postern } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly name?: string
    readonly version?: string
    readonly license?: unknown
    readonly postern?: { readonly workers?: Readonly<Record<string, string>> }
  }
  if (name === undefined || version === undefined) return undefined
  return {
    name,
    version,
    folder,
    license: typeof license === 'string' ? license : 'unknown',
    workers: postern?.workers ?? {},
  }
}

/**
 * What the packages run in worker threads.
 * @throws {Error} when two of them have a function of one name, or a file is missing.
 */
export function threadsOf(packages: readonly BundledPackage[]): Threads | undefined {
  const functions = new Map<string, string>()
  let runner: string | undefined
  for (const { name, folder, workers } of packages) {
    for (const [called, path] of Object.entries(workers)) {
      const file = join(folder, path)
      if (functions.has(called))
        throw new Error(`Two packages run a worker function ${called}; one is ${name}`)
      if (!existsSync(file))
        throw new Error(`${name} says that ${called} is in ${path}, which does not exist`)
      functions.set(called, file)
      runner ??= join(dirname(createRequire(join(folder, 'package.json')).resolve('piscina')), 'worker.js')
    }
  }
  return runner === undefined ? undefined : { functions, runner }
}

/** The licences of the packages, whole, as one comment. */
export function licenceComment(packages: readonly BundledPackage[]): string {
  const texts = packages.map(({ name, version, license, folder }) => {
    const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.(md|txt))?$/i.test(entry))
    const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
    return `${name} ${version} (${license})${text}`
  })
  return `/*!\nMade of these packages.\n\n${texts.join(`\n\n${'-'.repeat(72)}\n\n`).replaceAll('*/', '* /')}\n*/\n`
}
