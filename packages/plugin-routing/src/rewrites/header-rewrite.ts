import { appendHeader, removeHeader, setHeader } from '@postern/core'
import { HEADER_VALUE, HEADER_VALUE_NEEDED, OF_CONNECTION } from '../header-rules.ts'
import type { HeaderRewriteOptions } from '../options/rewrite-options.ts'
import { invalidOption } from '../problems.ts'
import type { PathParameter } from '../table/match.ts'
import { fillValue, readValue, type ValueTemplate } from './value-template.ts'

/** A header and its value. */
interface Line {
  /** Lower case. */
  readonly name: string
  readonly value: ValueTemplate
}

/** Changes of headers, checked. Names in lower case. */
export interface HeaderRewrite {
  readonly add: readonly Line[]
  readonly set: readonly Line[]
  readonly remove: readonly string[]
}

/**
 * Checks changes of headers.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a name that is not a route's to change or stands there twice, and on a
 * value that no header has.
 */
export function readHeaderRewrite(
  given: HeaderRewriteOptions,
  leg: 'request' | 'response',
  parameters: readonly PathParameter[],
  at: readonly PropertyKey[],
): HeaderRewrite {
  const seen = new Map<string, string>()
  const nameOf = (name: string, how: string, here: readonly PropertyKey[]): string => {
    const lower = name.toLowerCase()
    refuseName(lower, leg, here)
    const earlier = seen.get(lower)
    if (earlier !== undefined)
      throw invalidOption(here, `${lower} again, after ${earlier}`, 'each header once')
    seen.set(lower, how)
    return lower
  }
  const linesOf = (how: 'add' | 'set'): Line[] =>
    Object.entries(given[how] ?? {}).map(([name, value]) => {
      const here = [...at, how, name]
      return { name: nameOf(name, how, here), value: headerValue(value, parameters, here) }
    })
  return {
    add: linesOf('add'),
    set: linesOf('set'),
    remove: (given.remove ?? []).map((name, index) => nameOf(name, 'remove', [...at, 'remove', index])),
  }
}

/** Applies the changes, in place. */
export function rewriteHeaders({ add, set, remove }: HeaderRewrite, headers: string[], path: string): void {
  for (const name of remove) removeHeader(headers, name)
  for (const { name, value } of set) setHeader(headers, name, fillValue(value, path))
  for (const { name, value } of add) appendHeader(headers, name, fillValue(value, path))
}

/** The names that are changed. */
export function changedNames({ add, set, remove }: HeaderRewrite): string[] {
  return [...[...add, ...set].map(({ name }) => name), ...remove]
}

/** Servers that write `-` as `_` (CGI, WSGI, Rack) take both for the same. */
export function withHyphens(name: string): string {
  return name.replaceAll('_', '-')
}

function refuseName(lower: string, leg: 'request' | 'response', at: readonly PropertyKey[]): void {
  const name = withHyphens(lower)
  if (OF_CONNECTION.has(name) || name === 'content-length')
    throw invalidOption(at, 'a header of one connection, or of framing', 'one that is passed on')
  if (leg === 'response') return
  if (name === 'host') throw invalidOption(at, 'the header host', 'rewrite.host')
  if (name === 'via' || name === 'forwarded' || name.startsWith('x-forwarded-') || name === 'max-forwards')
    throw invalidOption(
      at,
      "a header that is the gateway's own",
      'one that no other part of the gateway sets',
    )
}

function headerValue(
  given: string,
  parameters: readonly PathParameter[],
  at: readonly PropertyKey[],
): ValueTemplate {
  const template = readValue(given, parameters, at)
  if (!HEADER_VALUE.test(template.literals.join('x')))
    throw invalidOption(at, 'a value that no header has', HEADER_VALUE_NEEDED)
  return template
}
