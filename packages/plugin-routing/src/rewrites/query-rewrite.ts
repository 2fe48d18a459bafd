import { unescape as decodePercent } from 'node:querystring'
import type { QueryRewriteOptions } from '../options/rewrite-options.ts'
import { invalidOption } from '../problems.ts'
import type { PathParameter } from '../table/match.ts'
import { fillValue, readValue, type ValueTemplate } from './value-template.ts'

/** Changes of the query, checked. */
export interface QueryRewrite {
  /** Names, decoded, of which every pair is taken out. */
  readonly dropped: ReadonlySet<string>
  /** Pairs to put at the end; names and literal text are encoded. */
  readonly added: readonly { readonly name: string; readonly value: ValueTemplate }[]
}

/**
 * Checks changes of the query.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a name that stands there twice, or text that no query can hold.
 */
export function readQueryRewrite(
  { add = {}, set = {}, remove = [] }: QueryRewriteOptions,
  parameters: readonly PathParameter[],
  at: readonly PropertyKey[],
): QueryRewrite {
  const names = [...Object.keys(add), ...Object.keys(set), ...remove]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined)
    throw invalidOption(at, `${JSON.stringify(twice)} twice`, 'each parameter of the query once')
  const pairsOf = (how: string, given: Readonly<Record<string, string>>) =>
    Object.entries(given).map(([name, value]) => {
      const here = [...at, how, name]
      if (!name.isWellFormed() || !value.isWellFormed())
        throw invalidOption(here, 'half a surrogate pair', 'text that a query can encode')
      const { literals, ...rest } = readValue(value, parameters, here)
      return {
        name: encodeURIComponent(name),
        value: { ...rest, literals: literals.map(encodeURIComponent) },
      }
    })
  return {
    dropped: new Set([...Object.keys(set), ...remove]),
    added: [...pairsOf('set', set), ...pairsOf('add', add)],
  }
}

/** The query with the changes. What they do not name is not touched: an encoding may be signed. */
export function rewriteQuery({ dropped, added }: QueryRewrite, query: string, path: string): string {
  let kept = query.slice(1)
  if (dropped.size > 0 && kept !== '')
    kept = kept
      .split('&')
      .filter((pair) => !dropped.has(nameOf(pair)))
      .join('&')
  for (const { name, value } of added) {
    const pair = `${name}=${fillValue(value, path, forQuery)}`
    kept = kept === '' ? pair : `${kept}&${pair}`
  }
  if (kept !== '') return `?${kept}`
  // Only a mark was there, or nothing is left.
  return query === '?' ? query : ''
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=')
  return decodePercent((equals === -1 ? pair : pair.slice(0, equals)).replaceAll('+', ' '))
}

/** A piece of a path where it would mean something in a query. Its other bytes keep the encoding of the client. */
function forQuery(raw: string): string {
  return raw.replace(/[&+=;?/']/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}
