/** The pages whose code blocks are run, and their blocks. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of the project. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** One fenced block. */
export interface Block {
  /** First word behind the fence. */
  readonly language: string
  /** The words after it. */
  readonly flags: readonly string[]
  readonly code: string
  /** Line of the fence, from 1. */
  readonly line: number
  /** Code of the `text` block, or the one without a language, that follows with nothing but blank lines between. */
  readonly output: string | undefined
}

/** A page of the documentation. */
export interface Page {
  /** Relative to the root. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

/** README.md of the root, of packages and examples, and the pages of docs. */
export function readPages(): Page[] {
  return globSync(['README.md', 'docs/*.md', 'packages/*/README.md', 'examples/*/README.md'], { cwd: ROOT })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const text = readFileSync(`${ROOT}${path}`, 'utf8')
      return { path, text, blocks: readBlocks(text) }
    })
}

/** The fenced blocks of a page. */
function readBlocks(text: string): Block[] {
  const found = [...text.matchAll(/^```([^\n`]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [language = '', ...flags] = (match[1] ?? '').trim().split(/\s+/)
    return { language, flags, code: match[2] ?? '', start: match.index, end: match.index + match[0].length }
  })
  return found.map(({ language, flags, code, start, end }, index) => {
    const next = found[index + 1]
    const isOutput = next && /^(text)?$/.test(next.language) && text.slice(end, next.start).trim() === ''
    const line = text.slice(0, start).split('\n').length
    return { language, flags, code, line, output: isOutput ? next.code : undefined }
  })
}

/** The name that a block gives itself in its first line, `// plugin.ts`, for blocks of the page that import it. */
export function fileNameOf({ code }: Block): string | undefined {
  return /^\/\/ ([\w-]+\.[jt]s)$/m.exec(code.split('\n', 1)[0] ?? '')?.[1]
}
