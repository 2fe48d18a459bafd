/** How the harness and its processes talk: the one argument of a process, and the messages both ways. */

/** Where `postern-full` finds the keys, and a token that they sign. */
export interface Idp {
  readonly issuer: string
  readonly jwksUrl: string
  readonly token: string
  /** The key that verifies the tokens, in PEM. */
  readonly publicKey: string
  /** A file with the tokens of the scenario's pool, one per line. */
  readonly tokensFile?: string
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
  /** The tokens to use in turn instead, one per line. */
  readonly tokensFile?: string
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
  /** Use each token of the job's file once. Answered with `idle`. */
  | { readonly type: 'fill'; readonly job: LoadJob }
  /** Begin to watch the event loop's delay. */
  | { readonly type: 'watchLoop' }
  /** End it. Answered with `loop`. */
  | { readonly type: 'unwatchLoop' }

/** From a process to the harness. A load reports `open`, `closed` and `idle`, in this order. */
export type Report =
  | Ready
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'collected' }
  | { readonly type: 'loop'; readonly delayP99Ms: number }
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
