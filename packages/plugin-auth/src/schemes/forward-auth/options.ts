import type { Authorities } from '../../http/authorities.ts'

/** A service that decides about requests, as Traefik's ForwardAuth and Envoy's ext_authz over HTTP ask one. */
export interface ForwardAuthOptions {
  /**
   * Where it is asked, `http://` or `https://`. What the client asked for comes in `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`
   * and `-For`. A status of 2xx lets the request pass, 401 and 403 refuse it; redirects are not followed.
   */
  readonly url: string
  /** Method of the question. Default: `GET`. */
  readonly method?: 'GET' | 'HEAD' | 'POST' | undefined
  /** Headers of the client that the service gets. Default: `authorization` and `cookie`. */
  readonly requestHeaders?: readonly string[] | undefined
  /** Whether it is also asked about a request with none of `requestHeaders`. Default: `false`: that has no credentials. */
  readonly askAlways?: boolean | undefined
  /** Header of its answer that names the caller. **An answer without it is a fault of the service: 503.** */
  readonly idHeader: string
  /** Header of its answer with the scopes, separated by blanks. Default: none. */
  readonly scopesHeader?: string | undefined
  /** What callers are. Default: `service`. */
  readonly kind?: 'service' | 'user' | undefined
  /** Headers of its answer that the upstream gets. **Copies that a client sends are removed.** Default: none. */
  readonly upstreamHeaders?: readonly string[] | undefined
  /** Whether the client gets the body of a refusal. Default: `false`: problem+json in its place. */
  readonly passBody?: boolean | undefined
  /** Whether the client gets a redirect, with its cookies, such as one to a login page. Default: `false`: 401 in its place. */
  readonly passRedirects?: boolean | undefined
  /** Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node. */
  readonly ca?: Authorities | undefined
  /** How long one question may take, in milliseconds. Later: 503. Default: 1000. */
  readonly timeoutMs?: number | undefined
  /** Questions that may run at once. Above: 503 with `retry-after`. Default: 256. */
  readonly maxConcurrent?: number | undefined
  /** How it is remembered who was let pass. Default: nothing is remembered. */
  readonly cache?: DecisionCacheOptions | undefined
}

/** How decisions are remembered. Refusals never are, nor answers with `Cache-Control: no-store`. */
export interface DecisionCacheOptions {
  /** How long a decision is remembered, in milliseconds. */
  readonly ttlMs: number
  /** How many decisions are remembered. Default: 1000. */
  readonly maxEntries?: number | undefined
  /**
   * What a decision is about: `request` for method, host, path, query, client address and `requestHeaders`, `headers` for
   * `requestHeaders` alone, **for services that look at nothing else**. Default: `request`.
   */
  readonly by?: 'request' | 'headers' | undefined
}

/** `ForwardAuthOptions` with every default filled in. */
export interface ResolvedForwardAuthOptions {
  readonly url: string
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly requestHeaders: readonly string[]
  readonly askAlways: boolean
  readonly idHeader: string
  readonly scopesHeader?: string | undefined
  readonly kind: 'service' | 'user'
  readonly upstreamHeaders: readonly string[]
  readonly passBody: boolean
  readonly passRedirects: boolean
  readonly ca?: Authorities | undefined
  readonly timeoutMs: number
  readonly maxConcurrent: number
  readonly cache?:
    | { readonly ttlMs: number; readonly maxEntries: number; readonly by: 'request' | 'headers' }
    | undefined
}
