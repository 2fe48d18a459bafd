/**
 * Holds the documents to the tree: every relative link, heading and path that a page names exists. Also refuses what
 * must not be left in any file: unfinished-work words in sources, paths of the machine it was written on, registry hosts.
 */
import { existsSync, globSync } from 'node:fs'
import { join, posix } from 'node:path'
import { findMachineTrace } from './lib/machine.ts'
import { headingsOf, linksOf, pathsOf } from './lib/markdown.ts'
import { report } from './lib/report.ts'
import { projectFiles, ROOT, readText } from './lib/workspace.ts'

// Written so that this file does not match itself.
const LEFTOVER = /\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b/
const SOURCE = /\.([cm]?[jt]sx?|sh|ya?ml|jsonc?)$|^\.ci\//
const TEXT = /\.([cm]?[jt]sx?|sh|ya?ml|jsonc?|md|txt|html|css)$|^\.|(^|\/)(LICENSE|CODEOWNERS)$/

/** Links of one page that lead nowhere. */
export function findDeadLinks(file: string, text: string, tree: Tree): string[] {
  return linksOf(text).flatMap(({ target, line }) => {
    const [path = '', fragment] = target.split('#')
    const to =
      path === ''
        ? file
        : path.startsWith('/')
          ? path.slice(1)
          : posix.join(posix.dirname(file), decodeURI(path))
    if (!tree.has(to)) return [`${file}:${line} links to ${target}, which does not exist`]
    const headed = fragment !== undefined && to.endsWith('.md')
    return headed && !headingsOf(tree.read(to)).has(fragment)
      ? [`${file}:${line} links to ${target}: no such heading`]
      : []
  })
}

/** Paths in backticks that do not exist. `*`, `<name>` and `NNNN` stand for any name. */
export function findDeadPaths(file: string, text: string, tree: Tree): string[] {
  return pathsOf(text, tree.folders)
    .filter(({ target }) => {
      const pattern = target
        .replace(/[{}]/g, '')
        .replace(/<[^>]*>|NNNN[\w-]*/g, '*')
        .replace(/\/$/, '')
      if (/(^|\/)(dist|node_modules)(\/|$)/.test(pattern)) return false
      const bases = ['', `${posix.dirname(file)}/`, 'packages/*/']
      return !bases.some((base) => tree.matches(base + pattern))
    })
    .map(({ target, line }) => `${file}:${line} names \`${target}\`, which does not exist`)
}

/** Words and paths that must not be left behind. */
export function findLeftovers(file: string, text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const word = SOURCE.test(file) ? LEFTOVER.exec(line)?.[0] : undefined
    const trace = findMachineTrace(line)
    return [
      ...(word === undefined ? [] : [`${file}:${index + 1} has a leftover ${word}`]),
      ...(trace === undefined ? [] : [`${file}:${index + 1} contains '${trace}'`]),
    ]
  })
}

/** What the checks ask about the files of the project. */
export interface Tree {
  /** Names at the top, and those inside a package: a path in backticks starts with one of them. */
  readonly folders: ReadonlySet<string>
  has(path: string): boolean
  read(path: string): string
  matches(pattern: string): boolean
}

/** Folders that a path may start with even while they are empty, at the top and inside a package. */
const ALWAYS = [
  'packages',
  'docs',
  'examples',
  'benchmarks',
  'reliability',
  'tools',
  'src',
  'test',
  'etc',
  'bench',
]

function diskTree(files: readonly string[]): Tree {
  return {
    folders: new Set([
      ...files.filter((file) => file.includes('/')).map((file) => file.split('/')[0] ?? ''),
      ...ALWAYS,
    ]),
    has: (path) => existsSync(join(ROOT, path)),
    read: readText,
    matches: (pattern) =>
      /[*?[]/.test(pattern) ? globSync(pattern, { cwd: ROOT }).length > 0 : existsSync(join(ROOT, pattern)),
  }
}

if (import.meta.main) {
  const files = projectFiles()
  const tree = diskTree(files)
  const pages = files.filter((file) => file.endsWith('.md') && !file.endsWith('CHANGELOG.md'))
  const texts = files.filter((file) => TEXT.test(file))
  const problems = [
    ...pages.flatMap((file) => [
      ...findDeadLinks(file, readText(file), tree),
      ...findDeadPaths(file, readText(file), tree),
    ]),
    ...texts.flatMap((file) => findLeftovers(file, readText(file))),
  ]
  report({ problems, summary: `${pages.length} pages, ${texts.length} files` })
}
