/** Reads what an option means from the doc comment of its field, with TypeScript's own parser. */
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { heritageOf, isField } from './declarations.ts'
import { withProject } from './typescript.ts'

/** What an editor shows of an option. */
export interface OptionDoc {
  /** The first sentence of the doc comment; after it the sentence about the default, where JSON cannot say it. */
  readonly description: string
  /** The default, where it is a value that JSON can say. */
  readonly default?: string | number | boolean
}

/** The documents of the fields of a type, by the name of the field. */
export type TypeDocs = Readonly<Record<string, OptionDoc>>

/**
 * The documents of types by name. A type is an interface, with what it inherits from others of the files, or one that is
 * written out as objects.
 * @throws {Error} naming the type that is not there, or the field whose comment does not say what it is.
 */
export function readOptionDocs(
  folder: string,
  files: readonly string[],
  names: readonly string[],
  virtual?: Readonly<Record<string, string>>,
): Readonly<Record<string, TypeDocs>> {
  const compilerOptions = {
    module: 'nodenext',
    noResolve: true,
    noLib: true,
    types: [],
    noEmit: true,
    allowImportingTsExtensions: true,
  }
  const types = new Map<string, Declared>()
  withProject({ folder, files, compilerOptions, ...(virtual && { virtual }) }, (project) => {
    for (const file of files) {
      const source = project.program.getSourceFile(`${folder}/${file}`)
      if (!source) throw new Error(`TypeScript did not read ${file}`)
      collect(source, types)
    }
  })
  return Object.fromEntries(names.map((name) => [name, docsOf(name, types)]))
}

/** A type as it was declared, fields with the text of their doc comment. */
interface Declared {
  readonly parents: readonly string[]
  readonly comments: ReadonlyMap<string, string>
}

function collect(source: SourceFile, types: Map<string, Declared>): void {
  source.forEachChild((node) => {
    const isInterface = node.kind === SyntaxKind.InterfaceDeclaration
    if (!isInterface && node.kind !== SyntaxKind.TypeAliasDeclaration) return undefined
    const { name } = node as Node & { readonly name: Node }
    const comments = new Map<string, string>()
    readFields(source, node, comments)
    const parents = isInterface ? heritageOf(node).map((type) => textOf(source, type)) : []
    types.set(textOf(source, name), { parents, comments })
    return undefined
  })
}

function readFields(source: SourceFile, node: Node, comments: Map<string, string>): void {
  node.forEachChild((child) => {
    if (!isField(child)) {
      readFields(source, child, comments)
      return undefined
    }
    const { name } = child as Node & { readonly name: Node }
    const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/[^/]*$/.exec(source.text.slice(child.pos, name.end))?.[1]
    if (comment !== undefined) comments.set(textOf(source, name), comment)
    return undefined
  })
}

function docsOf(name: string, types: ReadonlyMap<string, Declared>): TypeDocs {
  const comments = commentsOf(name, types)
  if (comments.size === 0) throw new Error(`There is no type ${name} with documented fields`)
  return Object.fromEntries(
    [...comments].map(([field, comment]) => [field, readComment(comment, `${name}.${field}`)]),
  )
}

function commentsOf(name: string, types: ReadonlyMap<string, Declared>): Map<string, string> {
  const { parents = [], comments = [] } = types.get(name) ?? {}
  return new Map([...parents.flatMap((parent) => [...commentsOf(parent, types)]), ...comments])
}

/** The text of a node, without the comments before it. */
function textOf(source: SourceFile, node: Node): string {
  return source.text.slice(node.pos, node.end).replace(/^(?:\s|\/\*[\s\S]*?\*\/)+/, '')
}

/**
 * What a doc comment says of its field.
 * @throws {Error} when it does not begin with what the field is.
 */
export function readComment(comment: string, where: string): OptionDoc {
  const text = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  const [first = '', ...others] = sentencesOf(text)
  if (first === '' || first.startsWith('Default:')) {
    throw new Error(`${where}: the doc comment does not begin with what the option is`)
  }
  const sentence = others.find((other) => other.startsWith('Default:'))
  if (sentence === undefined) return { description: first }
  const value = defaultOf(sentence)
  return value === undefined
    ? { description: `${first} ${sentence}` }
    : { description: first, default: value }
}

/** A full stop, in bold or not, ends a sentence where a blank follows, but not inside of code. */
function sentencesOf(text: string): string[] {
  const hidden = text.replaceAll(/`[^`]*`/g, (code) => code.replaceAll('.', '\0'))
  return (hidden.match(/.+?\.(?:\*\*)?(?= |$)|.+$/g) ?? []).map((sentence) =>
    sentence.replaceAll('\0', '.').trim(),
  )
}

/** `Default: 10 000.`, `Default: 0, no limit.`, ``Default: `p2c`.`` and the like as a value. */
function defaultOf(sentence: string): string | number | boolean | undefined {
  const said = sentence.slice('Default:'.length, -1).trim()
  const plain = /^`([\w./:-]+)`$/.exec(said)?.[1] ?? said
  if (plain === 'true' || plain === 'false') return plain === 'true'
  if (plain !== said) return plain
  const number = /^(\d[\d ]*(?:\.\d+)?)(?=$|,| \()/.exec(said)?.[1]
  return number === undefined ? undefined : Number(number.replaceAll(' ', ''))
}
