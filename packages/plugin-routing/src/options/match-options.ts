import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { byName } from './values.ts'

/**
 * What one header, or one parameter of the query, must be: the value itself, or one of the forms. Values compare with
 * case.
 */
export type ValueMatch =
  | string
  | {
      /** The whole value; the same as giving the string. */
      readonly exact: string
    }
  | {
      /** How the value starts. */
      readonly prefix: string
    }
  | {
      /** Whether it is there is all that counts, whatever its value. */
      readonly present: true
    }

/** What a request must look like. Every field that is left out matches anything. */
export interface RouteMatch {
  /**
   * Host that the client asked for, compared without case and without port: a name (`orders`, the logical
   * name that callers use in the caller seat), or `*.suffix` for every name below the suffix, at any depth.
   * Default: any.
   */
  readonly host?: string | undefined
  /**
   * Path prefix, compared by whole segments: `/orders` matches `/orders`, `/orders/` and `/orders/7`, never
   * `/orders2`. A `/` at the end means nothing. Not together with another kind of path. Default: any.
   */
  readonly path?: string | undefined
  /**
   * The whole path, compared as it stands; `/orders` does not match `/orders/`. Not together with another kind of
   * path. Default: none.
   */
  readonly exactPath?: string | undefined
  /**
   * The whole path, with parameters: `/orders/{id}/lines/{line}`. A parameter is one segment, never an empty one.
   * `{rest*}` as the last segment makes the others a prefix, as in `path`. Plugins read the values from the slot
   * `pathParameters`. Not together with another kind of path. Default: none.
   */
  readonly pathPattern?: string | undefined
  /** One method or several, upper case. `GET` does not include `HEAD`. Default: any. */
  readonly method?: string | readonly string[] | undefined
  /**
   * Headers by name, without case; all must fit. A header that is sent in several lines counts as one value, joined by
   * `, ` (RFC 9110 section 5.3), so a second line cannot hide behind the first. Default: any.
   */
  readonly headers?: Readonly<Record<string, ValueMatch>> | undefined
  /**
   * Parameters of the query by name, with case; all must fit. Names and values are decoded once (percent signs, and `+`
   * as a blank); of a repeated parameter the first counts. Default: any.
   */
  readonly query?: Readonly<Record<string, ValueMatch>> | undefined
}

const text = v.pipe(v.string(), v.minLength(1, 'Expected at least one character'))

/** A method as routes name it. */
const method = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Z-]+$/, 'Expected a method in upper case (RFC 9110 section 9.1)'),
)

const FORMS = 'Expected a string, or one of { exact }, { prefix }, { present: true }'

const valueMatch = v.union(
  [
    v.string(),
    optionsOf('ValueMatch', { exact: v.string() }),
    optionsOf('ValueMatch', { prefix: text }),
    optionsOf('ValueMatch', { present: v.literal(true) }),
  ],
  FORMS,
)

/** Schema of conditions on headers or on the query, by name. */
export const conditions: v.GenericSchema<Readonly<Record<string, ValueMatch>>> = byName(
  v.string(),
  valueMatch,
)

/** Schema of `RouteMatch`. */
export const routeMatchSchema: v.GenericSchema<RouteMatch> = optionsOf('RouteMatch', {
  host: v.optional(text),
  path: v.optional(text),
  exactPath: v.optional(text),
  pathPattern: v.optional(text),
  method: v.optional(
    v.union([method, v.pipe(v.array(method), v.minLength(1, 'Expected at least one method'))]),
  ),
  headers: v.optional(conditions),
  query: v.optional(conditions),
})
