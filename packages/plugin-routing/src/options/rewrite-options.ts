import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { oneOf } from './text-or.ts'
import { byName, text, token } from './values.ts'

/** What the upstream gets as path. */
export type PathRewriteOptions =
  | {
      /** Put in place of `match.path`, by whole segments: with `/v2`, `/orders/7` of the prefix `/orders` is `/v2/7`. */
      readonly replacePrefix: string
    }
  | {
      /**
       * The whole path, with parameters of `match.pathPattern`: `/v2/items/{id}`. What matched `{rest*}` follows where the
       * template ends with it. A parameter stands as the client encoded it.
       */
      readonly template: string
    }

/** What the upstream gets as `Host`, or `:authority`. */
export type HostRewrite =
  | 'upstream'
  | 'keep'
  | {
      /** Host, with or without port. */
      readonly name: string
    }

/**
 * Changes of headers by name, each name in one of the three. Values may hold parameters of the path, `{id}`, as the client
 * encoded them.
 */
export interface HeaderRewriteOptions {
  /** Lines to add after those that are there. */
  readonly add?: Readonly<Record<string, string>> | undefined
  /** One line in place of all that are there. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** Headers to take out. */
  readonly remove?: readonly string[] | undefined
}

/** Changes of the query, each name in one of the three. What they do not name stays as the client sent it, to the byte. */
export interface QueryRewriteOptions {
  /** Parameters to add at the end. Values may hold parameters of the path, `{id}`. */
  readonly add?: Readonly<Record<string, string>> | undefined
  /** Parameters that take the place of all of their name, at the end. Values may hold parameters of the path, `{id}`. */
  readonly set?: Readonly<Record<string, string>> | undefined
  /** Parameters to take out, whatever their encoding. */
  readonly remove?: readonly string[] | undefined
}

/** What a route changes of a request on its way to the upstream, and of the answer on its way back. */
export interface RewriteOptions {
  /** The path. Not together with `stripPrefix`. Default: as matched. */
  readonly path?: PathRewriteOptions | undefined
  /**
   * `upstream`: the authority of the endpoint. `keep`: what the client asked for, so a client chooses among the hosts that an
   * upstream serves. Not in the callee seat, where the request has arrived. Default: `upstream`.
   */
  readonly host?: HostRewrite | undefined
  /** The query. */
  readonly query?: QueryRewriteOptions | undefined
  /**
   * Headers of the request. Not those of one connection, of framing, `Host`, what core itself states of the client (`Via`,
   * `Forwarded`, `X-Forwarded-*`), or headers that another plugin owns.
   */
  readonly requestHeaders?: HeaderRewriteOptions | undefined
  /** Headers of the upstream's answer; the gateway's own answers stay as they are. Not those of one connection or of framing. */
  readonly responseHeaders?: HeaderRewriteOptions | undefined
  /**
   * Whether `Location`, `Content-Location` and `Set-Cookie` of the upstream are mapped back to what the client asked for.
   * Default: true.
   */
  readonly mapBack?: boolean | undefined
}

const values = (name: v.GenericSchema<string>) => v.optional(byName(name, v.string()))

const headers = optionsOf('HeaderRewriteOptions', {
  add: values(token),
  set: values(token),
  remove: v.optional(v.array(token)),
})

const prefix = optionsOf('PathRewriteOptions', { replacePrefix: text })
const template = optionsOf('PathRewriteOptions', { template: text })
const path = oneOf<v.GenericSchema<PathRewriteOptions>>([prefix, template], (input) =>
  typeof input === 'object' && input !== null && 'template' in input ? template : prefix,
)

/** Schema of `RewriteOptions`. */
export const rewriteSchema: v.GenericSchema<RewriteOptions> = optionsOf('RewriteOptions', {
  path: v.optional(path),
  host: v.optional(
    v.union(
      [v.picklist(['upstream', 'keep']), optionsOf('HostRewrite', { name: text })],
      'Expected "upstream", "keep" or { name }',
    ),
  ),
  query: v.optional(
    optionsOf('QueryRewriteOptions', {
      add: values(text),
      set: values(text),
      remove: v.optional(v.array(text)),
    }),
  ),
  requestHeaders: v.optional(headers),
  responseHeaders: v.optional(headers),
  mapBack: v.optional(v.boolean()),
})
