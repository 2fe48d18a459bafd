/** From where on an answer counts. One table, which docs/gw-assess.md shows and a test holds equal to it. */

/** A number that a verdict hangs on. */
export interface Threshold {
  readonly value: number
  readonly what: string
  readonly source: string
}

const OURS = 'a judgement of ours; no study is known to us'

/** All thresholds. */
export const THRESHOLDS = {
  components: {
    value: 10,
    what: 'services below which a gateway rarely pays: each is still changed by hand in less time than another hop costs',
    source:
      'experience of teams that run internal gateways: past about ten components the three problems grow faster than the services',
  },
  schemesWatch: {
    value: 2,
    what: 'distinct ways to authenticate from which on to keep an eye on them',
    source: OURS,
  },
  schemesPressing: {
    value: 3,
    what: 'distinct ways to authenticate from which on one fix no longer reaches all services',
    source: OURS,
  },
  tracedWatch: {
    value: 0.9,
    what: 'share of requests with a trace id below which some questions have no answer',
    source: OURS,
  },
  tracedPressing: {
    value: 0.5,
    what: 'share of requests with a trace id below which a path is found by luck',
    source: 'below a half, most paths of two hops are broken: 0.7 × 0.7 ≈ 0.5',
  },
  rebuildWatchMs: {
    value: 10_000,
    what: 'time to rebuild one path from the logs from which on nobody does it beside other work',
    source:
      'ten seconds is how long attention stays on one thing (Nielsen, Usability Engineering, 1993, chapter 5)',
  },
  rebuildPressingMs: {
    value: 60_000,
    what: 'time to rebuild one path from which on it takes minutes, not seconds',
    source: 'the aim of an internal gateway: seconds, not hours',
  },
  movesWatch: {
    value: 0.5,
    what: 'changes of service addresses a month from which on to keep an eye on them',
    source: OURS,
  },
  movesPressing: {
    value: 2,
    what: 'changes of service addresses a month from which on callers change all the time',
    source: OURS,
  },
  historyMonths: {
    value: 3,
    what: 'months of history below which changes a month are worth a watch at most: a burst is no rate',
    source: OURS,
  },
  fanOut: {
    value: 3,
    what: 'callers that one move changed from which on a name in one place would have been cheaper',
    source: OURS,
  },
} as const satisfies Readonly<Record<string, Threshold>>

/** How much an answer asks for. */
export type Level = 'fine' | 'watch' | 'pressing' | 'unknown'

/** The level of a number that grows worse upwards. */
export function levelAbove(value: number, watch: Threshold, pressing: Threshold): Level {
  return value >= pressing.value ? 'pressing' : value >= watch.value ? 'watch' : 'fine'
}
