/** What recorded options hold, read carefully: they come from files that anybody may have written. */
import { asText } from '../as-text.ts'
import { isRecord } from '../config/validate.ts'

/** A recorded object of options. */
export type Options = Readonly<Record<string, unknown>>

/** The value as options; none when it is no object. */
export function optionsAt(value: unknown): Options {
  return isRecord(value) && opaqueKind(value) === undefined ? value : {}
}

/** What stands in place of a value that is no data: a function, a class's object, something of a package that is not installed. */
export function opaqueKind(value: unknown): 'function' | 'regexp' | 'object' | 'unknown' | undefined {
  if (!isRecord(value)) return undefined
  for (const kind of ['function', 'regexp', 'object', 'unknown'] as const)
    if (`$${kind}` in value) return kind
  return undefined
}

/** Name of a recorded function; empty without one. */
export function functionName(value: unknown): string {
  return isRecord(value) && typeof value['$function'] === 'string' ? value['$function'] : ''
}

/** Where a target leads, ready for `endpoints`. */
export interface Target {
  /** `http://host:port` with its path. */
  readonly url: string
  /** Its path, empty for none. */
  readonly base: string
  /** Whether it carried a user and password, which an endpoint must not. */
  readonly hadCredentials: boolean
}

/** A target of an old proxy: a URL in text (ws: is http:), or an object with host and port. */
export function readTarget(value: unknown): Target | undefined {
  const text =
    typeof value === 'string'
      ? value
      : isRecord(value) && typeof value['host'] === 'string'
        ? `${asText(value['protocol'], 'http:').replace(/:?$/, ':')}//${value['host']}${value['port'] === undefined ? '' : `:${asText(value['port'])}`}`
        : undefined
  const url = text === undefined ? null : URL.parse(text.replace(/^ws(s?):/, 'http$1:'))
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname.startsWith('unknown-')) return undefined
  const base = url.pathname.replace(/\/+$/, '')
  return { url: url.origin + base, base, hadCredentials: url.username !== '' || url.password !== '' }
}

/** Whether the value of a header of this name is nobody's business. */
export function isSecretHeader(name: string): boolean {
  return /authorization|cookie|secret|token|password|credential|signature|(?:^|[-_])key(?:$|[-_])|apikey/i.test(
    name,
  )
}

/** Milliseconds that an option gives, if it gives some. */
export function millis(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 2_147_483_647
    ? value
    : undefined
}

/** An environment variable's name made of words. */
export function envName(...words: readonly string[]): string {
  return words
    .join('_')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
}

/** An object whose values that may be undefined are left out when they are. */
type Compact<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** An object without what is undefined. */
export function compact<const T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Compact<T>
}
