/** Reads the imports of TypeScript sources, with TypeScript's own parser. */
import { type ImportClause, type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { withProject } from './typescript.ts'

/** One import of one file. */
export interface Import {
  /** The importing file, relative to the folder that was read. */
  readonly from: string
  /** 1-based line. */
  readonly line: number
  /** As written: `./errors.ts`, `undici`. */
  readonly specifier: string
  /** `type` is erased; `dynamic` is `import()`. */
  readonly kind: 'value' | 'type' | 'dynamic'
}

/**
 * Every import, export-from, `import()` and import type of the given files.
 *
 * Nothing is resolved or checked, so hundreds of files take a fraction of a second.
 */
export function readImports(
  folder: string,
  files: readonly string[],
  virtual?: Readonly<Record<string, string>>,
): Import[] {
  if (files.length === 0) return []
  const compilerOptions = {
    module: 'nodenext',
    noResolve: true,
    noLib: true,
    types: [],
    noEmit: true,
    allowImportingTsExtensions: true,
  }
  return withProject({ folder, files, compilerOptions, ...(virtual && { virtual }) }, (project) =>
    files.flatMap((file) => {
      const source = project.program.getSourceFile(`${folder}/${file}`)
      if (!source) throw new Error(`TypeScript did not read ${file}`)
      return source.imports.map((literal) => toImport(file, source, literal))
    }),
  )
}

function toImport(from: string, source: SourceFile, literal: Node): Import {
  const { line } = source.getLineAndCharacterOfPosition(literal.end)
  return {
    from,
    line: line + 1,
    specifier: source.text.slice(literal.pos, literal.end).trim().slice(1, -1),
    kind: kindOf(literal),
  }
}

function kindOf(literal: Node): Import['kind'] {
  const parent = literal.parent as Node & {
    readonly isTypeOnly?: boolean
    readonly importClause?: ImportClause
  }
  if (parent.kind === SyntaxKind.CallExpression) return 'dynamic'
  if (parent.kind === SyntaxKind.LiteralType || parent.isTypeOnly === true) return 'type'
  return parent.importClause?.phaseModifier === SyntaxKind.TypeKeyword ? 'type' : 'value'
}
