/** Questions about single nodes of a type declaration. */
import { type Node, SyntaxKind } from 'typescript/unstable/ast'

/** A field or method of an interface, class or inline type. */
export function isField(node: Node): boolean {
  return (
    node.kind === SyntaxKind.PropertySignature ||
    node.kind === SyntaxKind.MethodSignature ||
    node.kind === SyntaxKind.PropertyDeclaration ||
    node.kind === SyntaxKind.MethodDeclaration ||
    node.kind === SyntaxKind.GetAccessor
  )
}

/** Private members are in the declarations by name only; a user cannot reach them. */
export function isHidden(node: Node): boolean {
  const { modifiers, name } = node as Node & { readonly modifiers?: readonly Node[]; readonly name?: Node }
  return (
    name?.kind === SyntaxKind.PrivateIdentifier ||
    (modifiers ?? []).some(({ kind }) => kind === SyntaxKind.PrivateKeyword)
  )
}

/** What a class or interface extends and implements. */
export function heritageOf(container: Node): readonly Node[] {
  const { heritageClauses = [] } = container as Node & {
    readonly heritageClauses?: readonly (Node & { readonly types: readonly Node[] })[]
  }
  return heritageClauses.flatMap(({ types }) => types)
}

/** The library that a declaration file belongs to; `undefined` for ours, for Node's types and for the language. */
export function libraryOf(file: string): string | undefined {
  const library = /.*\/node_modules\/(@[^/]+\/[^/]+|[^/]+)\//.exec(file)?.[1]
  return library !== undefined && /^(@types\/node|typescript|@typescript\/.*|@postern\/.*)$/.test(library)
    ? undefined
    : library
}
