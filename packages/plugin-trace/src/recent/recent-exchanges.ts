import type { Exchange, Kept, PluginHost, PluginView } from '@postern/core'
import type { ExchangeTrace } from '../exchange-trace.ts'
import { NUMBER } from './layout.ts'
import type { ResolvedRecentOptions } from './options.ts'
import { isAskedFor, readQuery } from './query.ts'
import { type RecentExchange, readRecord } from './read.ts'
import { RecordRing } from './ring.ts'
import { writeRecord } from './write.ts'

/** What the view `exchanges` gives. */
export interface RecentView {
  /** How many exchanges are kept now. */
  readonly kept: number
  /** When the oldest of them began, ISO 8601; absent without any. What is older is forgotten. */
  readonly since?: string | undefined
  /** What is wrong with the query, if something is; then no exchange is given. */
  readonly problem?: string | undefined
  /** Those that were asked for, newest first. */
  readonly exchanges: readonly RecentExchange[]
}

/** The ring, as it outlives a reload. */
class KeptRing extends RecordRing implements Kept {
  close(): void {}
}

/** The last exchanges of a gateway, in memory of a fixed size. */
export class RecentExchanges {
  /** The view `exchanges`. */
  readonly view: PluginView = { read: (query) => this.#read(query) }
  readonly #ring: RecordRing
  readonly #path: boolean

  /**
   * Takes the exchanges of earlier generations over, unless they were kept in another amount of memory.
   * @param path whether paths are told: as in the access log.
   */
  constructor(host: Pick<PluginHost, 'keep'>, { maxBytes }: ResolvedRecentOptions, path: boolean) {
    this.#ring = host.keep(`recent exchanges ${maxBytes}`, () => new KeptRing(maxBytes))
    this.#path = path
  }

  /** Keeps an exchange that is over. */
  add(exchange: Exchange, trace: ExchangeTrace): void {
    writeRecord(this.#ring, exchange, trace, this.#path)
  }

  /** `undefined` when a trace was asked for that is not there. */
  #read(given: URLSearchParams): RecentView | undefined {
    const query = readQuery(given)
    const kept = this.#ring.count
    if ('problem' in query) return { kept, problem: query.problem, exchanges: [] }
    // By the clock of now: the process's own drifts away from it over weeks.
    const timeOriginMs = Date.now() - performance.now()
    const exchanges: RecentExchange[] = []
    for (const record of this.#ring.newestFirst()) {
      if (!isAskedFor(record, query)) continue
      exchanges.push(readRecord(record, timeOriginMs))
      if (exchanges.length === query.limit) break
    }
    if (query.trace !== undefined && exchanges.length === 0) return undefined
    const { oldest } = this.#ring
    const since = oldest && new Date(timeOriginMs + oldest.number(NUMBER.startedMs)).toISOString()
    return { kept, since, exchanges }
  }
}
