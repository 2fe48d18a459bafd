/** How the harness and its processes talk: the one argument of a process, and the messages both ways. */

/** Where `postern-full` finds the keys, and a token that they sign. */
export interface Idp {
  readonly issuer: string
  readonly jwksUrl: string
  readonly token: string
}

/** What a process learns when it starts. Proxies get the upstream's address; the upstream itself runs first, without. */
export interface ServerParams {
  readonly scenario: string
  /** For files that may go when the run ends. */
  readonly folder: string
  readonly upstream?: { readonly url: string; readonly idp: Idp }
}

/** One stretch of load. The window starts after `settleSeconds`, when every connection is open. */
export interface LoadJob {
  readonly scenario: string
  readonly url: string
  readonly token: string
  /** Connections to open first, use once and keep beside the load. */
  readonly idleConnections: number
  readonly settleSeconds: number
  readonly windowSeconds: number
}

/** What the load saw inside its window. */
export interface LoadResult {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface Usage {
  readonly cpuMicros: number
  readonly rssBytes: number
}

export interface Ready {
  readonly type: 'ready'
  readonly url: string
  /** The process that does the work, when it is not the one that answers. */
  readonly workPid?: number
  readonly idp?: Idp
}

/** From the harness to a process. */
export type Command =
  | { readonly type: 'usage' }
  | { readonly type: 'stop' }
  /** Collect garbage. Answered with `collected`. */
  | { readonly type: 'collect' }
  | { readonly type: 'load'; readonly job: LoadJob }
  /** Open the idle connections of the job, without a load. Answered with `held`. */
  | { readonly type: 'hold'; readonly job: LoadJob }
  /** Close them. Answered with `idle`. */
  | { readonly type: 'release' }

/** From a process to the harness. A load reports `open`, `closed` and `idle`, in this order. */
export type Report =
  | Ready
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'collected' }
  | { readonly type: 'held' }
  | { readonly type: 'open' }
  | { readonly type: 'closed'; readonly result: LoadResult }
  | {
      readonly type: 'idle'
      /** The first failures in words. */
      readonly failures: readonly string[]
      /** How many there were. */
      readonly failed: number
    }

/** The report of one type. */
export type ReportOf<T extends Report['type']> = Extract<Report, { type: T }>
