/** `pathRewrite` of http-proxy-middleware, where an expression is a plain prefix, as prefixes of routes. */
import type { Options } from './values.ts'

/** Prefixes and what takes their place, in order: the first that fits is applied. */
export type Rewrites = readonly { readonly from: string; readonly to: string }[]

/** The prefix of a route in the two views of it: what the client asks for, and what the old proxy saw. */
export interface Prefix {
  readonly client: string
  readonly seen: string
}

/** A part of the paths with one prefix, and what the upstream gets in its place. */
export interface Part {
  readonly client: string
  readonly upstream: string
}

/** Reads the table; hands over what is no plain prefix. */
export function readRewrites(table: Options, refuse: (expression: string) => void): Rewrites {
  return Object.entries(table).flatMap(([expression, value]) => {
    const plain = /^\^((?:\\?\/|[\w~-]|\\?\.)*)$/.exec(expression)?.[1]?.replaceAll('\\', '')
    if (plain === undefined || typeof value !== 'string' || value.includes('$')) {
      refuse(expression)
      return []
    }
    return [{ from: plain.replace(/\/$/, ''), to: value.replace(/\/$/, '') }]
  })
}

/** The parts of a prefix: one for each rewrite below it, and the rest. */
export function routeParts({ client, seen }: Prefix, rewrites: Rewrites): Part[] {
  const parts: Part[] = []
  for (const { from, to } of rewrites) {
    if (seen === from || seen.startsWith(`${from}/`) || from === '') {
      parts.push({ client, upstream: withSlash(to + seen.slice(from.length)) })
      return parts
    }
    if (seen === '' || from.startsWith(`${seen}/`))
      parts.push({ client: client + from.slice(seen.length), upstream: withSlash(to) })
  }
  parts.push({ client, upstream: seen })
  return parts
}

function withSlash(path: string): string {
  return path === '' || path.startsWith('/') ? path : `/${path}`
}
