/** Reads what a package offers from its built type declarations, with TypeScript's own checker. */
import { type Node, SyntaxKind } from 'typescript/unstable/ast'
import { type Checker, type Project, SymbolFlags, type Symbol as TsSymbol } from 'typescript/unstable/sync'
import { heritageOf, isField, isHidden, libraryOf } from './declarations.ts'
import { withProject } from './typescript.ts'

/** One public subpath of a package. */
export interface Surface {
  /** `@postern/core/testing` */
  readonly subpath: string
  /** `value createGateway`, `type GatewayOptions`, sorted by name. */
  readonly exports: readonly string[]
}

/** What a package offers, and what is wrong with it. */
export interface PublicApi {
  readonly surfaces: readonly Surface[]
  /** `GatewayOptions.upstream` of each export or field without a doc comment. */
  readonly undocumented: readonly string[]
  /** `Pool (undici) in createUpstream` of each type of a library that a public type names. */
  readonly libraryTypes: readonly string[]
}

/** What to read. */
export interface ReadOptions {
  /** Absolute folder of the package. */
  readonly folder: string
  /** Subpath to declaration file, relative to the folder. */
  readonly entries: ReadonlyMap<string, string>
  /** Library types that may show, by library. */
  readonly allowed: ReadonlyMap<string, readonly string[]>
  /** Files in memory, for tests. */
  readonly virtual?: Readonly<Record<string, string>>
}

/** Opens the declarations and follows everything reachable from the entries. */
export function readPublicApi({ folder, entries, allowed, virtual }: ReadOptions): PublicApi {
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  }
  return withProject(
    { folder, files: [...entries.values()], compilerOptions, ...(virtual && { virtual }) },
    (project) => {
      const walk = new Walk(project, folder, allowed)
      const surfaces = [...entries].map(([subpath, file]) => ({
        subpath,
        exports: walk.entry(`${folder}/${file}`),
      }))
      return {
        surfaces,
        undocumented: [...new Set(walk.undocumented)],
        libraryTypes: [...new Set(walk.libraryTypes)],
      }
    },
  )
}

/** What a name in a declaration can lead to. A parameter is a variable too, but leads nowhere. */
const FOLLOWED =
  SymbolFlags.Type | SymbolFlags.BlockScopedVariable | SymbolFlags.Function | SymbolFlags.Module

/** Follows exports to their declarations, and those to every type that they name. */
class Walk {
  readonly undocumented: string[] = []
  readonly libraryTypes: string[] = []
  readonly #seen = new Set<number>()
  readonly #project: Project
  readonly #checker: Checker
  readonly #folder: string
  readonly #allowed: ReadonlyMap<string, readonly string[]>

  constructor(project: Project, folder: string, allowed: ReadonlyMap<string, readonly string[]>) {
    this.#project = project
    this.#checker = project.checker
    this.#folder = folder
    this.#allowed = allowed
  }

  entry(file: string): string[] {
    const source = this.#project.program.getSourceFile(file)
    if (!source) throw new Error(`${file} does not exist: build the package first`)
    const module = this.#checker.getSymbolAtLocation(source)
    const found = module ? this.#checker.getExportsOfModule(module) : []
    const named = found.map((symbol) => ({ name: symbol.name, target: this.#resolve(symbol) }))
    for (const { name, target } of named) this.#symbol(target, name, true)
    return named
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, target }) => `${target.flags & SymbolFlags.Value ? 'value' : 'type'} ${name}`)
  }

  #resolve(symbol: TsSymbol): TsSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  /** A symbol of the package itself; an exported one needs a doc comment, and so does every field of either. */
  #symbol(symbol: TsSymbol, name: string, exported: boolean): void {
    const documented = symbol.getDocumentationComment(this.#checker).trim() !== ''
    if (exported && !documented && !(symbol.flags & SymbolFlags.Module)) this.undocumented.push(name)
    if (this.#seen.has(symbol.id)) return
    this.#seen.add(symbol.id)
    for (const handle of symbol.declarations) {
      const node = handle.resolve(this.#project)
      if (node && node.kind !== SyntaxKind.SourceFile) this.#node(node, name)
      else if (node)
        for (const child of this.#checker.getExportsOfModule(symbol))
          this.#symbol(this.#resolve(child), `${name}.${child.name}`, true)
    }
  }

  /**
   * Everything below a declaration: fields get checked, names get followed. The keys of a constant (a table of error
   * codes) are data, not options, so they need no comment each.
   */
  #node(node: Node, owner: string, data = node.kind === SyntaxKind.VariableDeclaration): void {
    node.forEachChild((child) => {
      if (isHidden(child)) return undefined
      const field = isField(child) ? this.#field(child, node, owner, data) : owner
      if (child.kind === SyntaxKind.Identifier) this.#reference(child, owner)
      else this.#node(child, field, data)
      return undefined
    })
  }

  #field(field: Node, container: Node, owner: string, data: boolean): string {
    const name = (field as Node & { readonly name?: Node }).name
    const symbol = name && this.#checker.getSymbolAtLocation(name)
    if (!symbol) return owner
    const path = `${owner}.${symbol.name}`
    // Node's own symbols (Symbol.asyncDispose) say what they do by their name.
    const wellKnown = name.kind === SyntaxKind.ComputedPropertyName
    if (
      !data &&
      !wellKnown &&
      symbol.getDocumentationComment(this.#checker).trim() === '' &&
      !this.#inheritsDoc(container, symbol.name)
    ) {
      this.undocumented.push(path)
    }
    return path
  }

  /** A class that implements a documented interface, or extends one of the language's own, need not say everything twice. */
  #inheritsDoc(container: Node, name: string): boolean {
    return heritageOf(container).some((type) => {
      const resolved = this.#checker.getTypeAtLocation(type)
      const member = resolved && this.#checker.getPropertyOfType(resolved, name)
      if (!member) return false
      const ofLanguage = /\/@?typescript\//.test(member.declarations[0]?.path ?? '')
      return ofLanguage || member.getDocumentationComment(this.#checker).trim() !== ''
    })
  }

  #reference(identifier: Node, owner: string): void {
    const found = this.#checker.getSymbolAtLocation(identifier)
    if (!found) return
    const symbol = this.#resolve(found)
    const file = symbol.declarations[0]?.path
    if (file === undefined) return
    // Paths of the compiler are lower-case where the file system does not tell the cases apart.
    const own =
      file.toLowerCase().startsWith(`${this.#folder.toLowerCase()}/`) && !file.includes('/node_modules/')
    if (own) {
      if (symbol.flags & FOLLOWED) this.#symbol(symbol, symbol.name, false)
      return
    }
    if (symbol.flags & SymbolFlags.ValueModule && symbol.name.includes('/')) return // the module itself; its member follows
    const library = libraryOf(file)
    if (library === undefined) return
    const top = this.#topName(symbol)
    if (!this.#allowed.get(library)?.includes(top))
      this.libraryTypes.push(`${symbol.name} (${library}) in ${owner}`)
  }

  /** `Dispatcher` of `Dispatcher.DispatchOptions`: what is allowed by name is allowed with what is inside it. */
  #topName(symbol: TsSymbol): string {
    const parent = symbol.getParent()
    return parent && !(parent.flags & SymbolFlags.ValueModule) && parent.name !== '__type'
      ? this.#topName(parent)
      : symbol.name
  }
}
