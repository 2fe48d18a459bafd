import type { ResolvedLimits, ResolvedTimeouts } from './options.ts'

/** One address behind a service. Made by `gateway.endpoint()`. */
export interface Endpoint {
  /** The address as configured: `http://127.0.0.1:4001/base`. */
  readonly url: string
  /** Scheme, host and port. */
  readonly origin: string
  /** Host and port, what the upstream sees as `Host`. */
  readonly authority: string
  /**
   * IP address that connections go to in place of the URL's host, which then only names it: to `Host`, and to the
   * certificate. Empty where the host itself is connected to.
   */
  readonly address: string
  /** Path put before every upstream path; empty, or starts with `/` and does not end with one. */
  readonly basePath: string
  /** Logical name of the service it belongs to; empty when it has none. */
  readonly service: string
  /** The version of HTTP that it is spoken to in. */
  readonly protocol: 'http1' | 'http2'
  /** Attempts that run on it now. */
  readonly inFlight: number
  /**
   * Since when the gateway knows its address without a break, on the clock of `performance.now()`. A reload that keeps the
   * address keeps this, though the endpoint is another object.
   */
  readonly sinceMs: number
}

/** A match's consequence: limits, times, and the compiled hooks of the plugins that it enables. */
export interface Route {
  /** Unique within the gateway. */
  readonly id: string
  /** Logical name of the service that it leads to; empty when it has none. */
  readonly service: string
  /** Its times, every default filled in. */
  readonly timeouts: ResolvedTimeouts
  /** Its limits, every default filled in. */
  readonly limits: ResolvedLimits
}
