/** What the upstream gets as path. Always made of the path as matched, so that a repeated attempt gets the same. */
import { rawValueOf, restOf } from '../path-parameters.ts'
import type { PathMatch, PathParameter } from '../table/match.ts'
import { describePath } from '../table/route-path.ts'

/** Beginnings of paths that stand for each other; each empty, or with a slash in front and none at its end. */
export interface Prefixes {
  /** Of what the client asks for. */
  readonly client: string
  /** Of what the upstream gets, without the base path of its endpoint. */
  readonly upstream: string
}

/** A change of the path. */
export interface PathRewrite {
  /** The path for the upstream. */
  apply(path: string): string
  /** What stands for each other; `undefined` when a path of the upstream cannot be mapped back. */
  prefixesFor(path: string): Prefixes | undefined
  /** In words; `undefined` when nothing changes. */
  describe(): string | undefined
}

const ROOT: Prefixes = { client: '', upstream: '' }

/** No change. */
export const SAME_PATH: PathRewrite = {
  apply: (path) => path,
  prefixesFor: () => ROOT,
  describe: () => undefined,
}

/** One prefix in place of another, by whole segments: `/orders/7` → `/7`, `/orders` → `/`. */
export class PrefixSwap implements PathRewrite {
  readonly #prefixes: Prefixes

  constructor(prefixes: Prefixes) {
    this.#prefixes = prefixes
  }

  apply(path: string): string {
    const { client, upstream } = this.#prefixes
    return oneSlashFirst(upstream + path.slice(client.length))
  }

  prefixesFor(): Prefixes {
    return this.#prefixes
  }

  describe(): string {
    return `${this.#prefixes.client}/* → ${this.#prefixes.upstream}/*`
  }
}

/** A path of literal segments and parameters, each as the client encoded it: nothing decoded can become syntax. */
export class PathTemplate implements PathRewrite {
  readonly #text: string
  readonly #segments: readonly (string | PathParameter)[]
  readonly #rest: PathParameter | undefined

  /** @param parameters of the route's path; every one that the template names is among them. */
  constructor(template: PathMatch, parameters: readonly PathParameter[]) {
    this.#text = describePath(template)
    const named = (name: string | undefined) => parameters.find((one) => one.name === name) as PathParameter
    this.#segments = template.segments.map(
      (segment, index) =>
        segment ?? named(template.parameters.find((parameter) => parameter.segment === index)?.name),
    )
    const rest = template.parameters.find((parameter) => parameter.rest)
    this.#rest = rest && named(rest.name)
  }

  apply(path: string): string {
    const start = this.#start(path)
    return oneSlashFirst(this.#rest === undefined ? start : start + restOf(this.#rest, path))
  }

  prefixesFor(path: string): Prefixes | undefined {
    if (this.#rest === undefined) return undefined
    const rest = restOf(this.#rest, path)
    return { client: path.slice(0, path.length - rest.length), upstream: this.#start(path) }
  }

  describe(): string {
    return this.#text
  }

  #start(path: string): string {
    let start = ''
    for (const segment of this.#segments)
      start += `/${typeof segment === 'string' ? segment : rawValueOf(segment, path)}`
    return start
  }
}

/**
 * A path that starts with exactly one slash. Where the gateway lets empty segments pass, a prefix that is taken away would
 * leave `//host/…`, which is an authority to whoever resolves it.
 */
export function oneSlashFirst(path: string): string {
  if (path.charCodeAt(0) === SLASH && path.charCodeAt(1) !== SLASH) return path
  return `/${path.replace(/^\/+/, '')}`
}

const SLASH = 0x2f
