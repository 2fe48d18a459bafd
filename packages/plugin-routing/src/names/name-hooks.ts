import type { Exchange, PluginHost, PluginRoute } from '@postern/core'
import type { NameLedger } from '../ledger/ledger.ts'
import type { NameOptions } from '../options/name-options.ts'
import { hostName } from '../table/match-host.ts'
import { deprecate } from './deprecation.ts'
import type { OldNameState } from './name-states.ts'
import { type OldName, pathMoveOf, placedPath, type UsedName, usedName } from './old-name.ts'
import { NameCounts, UseCounter } from './use-counter.ts'

/** A route as the hooks of old names need it. */
interface NamedRoute {
  readonly oldMatches: readonly { readonly oldName: OldName }[]
  readonly oldTargets: readonly OldName[]
}

/** What happens to exchanges that use old names. Without any, nothing is tapped. */
export class NameHooks {
  readonly #used: ReadonlyMap<OldName, UsedName>
  /** Old names that are a whole host, by host: calls to them may take routes for any host, too. */
  readonly #hosts = new Map<string, UsedName>()
  readonly #counter: UseCounter
  readonly #counts: ReadonlyMap<OldName, NameCounts>
  readonly #deprecate: ((exchange: Exchange) => void) | undefined

  constructor(
    oldNames: readonly OldName[],
    { deprecation = false }: NameOptions,
    ledger: NameLedger,
    gateway: Pick<PluginHost, 'keep' | 'logger'>,
  ) {
    this.#used = new Map(oldNames.map((oldName) => [oldName, { oldName, path: pathMoveOf(oldName) }]))
    for (const oldName of oldNames) {
      const { host, segments } = oldName.from
      if (host !== undefined && segments.length === 0) this.#hosts.set(host, { oldName, path: null })
    }
    this.#counts = new Map(
      oldNames.map((oldName) => [
        oldName,
        gateway.keep(`name-counts ${oldName.place}`, () => new NameCounts()),
      ]),
    )
    this.#counter = new UseCounter(ledger, this.#counts, gateway.logger)
    const { link } = typeof deprecation === 'object' ? deprecation : {}
    if (deprecation !== false && oldNames.length > 0) this.#deprecate = deprecate(link, Date.now())
  }

  /** What an exchange uses that takes a route at an old place. */
  at(oldName: OldName): UsedName | null {
    return this.#used.get(oldName) ?? null
  }

  /** What an exchange uses that takes a route at its own place: an old host all the same, where the route is for any. */
  byHost({ authority }: Exchange): UsedName | null {
    return this.#hosts.size === 0 ? null : (this.#hosts.get(hostName(authority)) ?? null)
  }

  /** The old names with their dates, and how often each was used. */
  states(): readonly OldNameState[] {
    const nowMs = Date.now()
    return [...this.#counts].map(([{ name, place, service, sinceMs, untilMs }, { inTime, overdue }]) => ({
      name,
      place,
      service,
      sinceMs,
      untilMs,
      overdue: untilMs !== undefined && nowMs >= untilMs,
      requests: inTime + overdue,
      overdueRequests: overdue,
    }))
  }

  /** Taps the hooks of a route, before other rewrites do. */
  tapRoute({ hooks }: PluginRoute, { oldMatches, oldTargets }: NamedRoute): void {
    if (oldMatches.some(({ oldName }) => this.at(oldName)?.path)) hooks.mapUpstreamRequest.tap(moveToNewPlace)
    if (this.#deprecate) hooks.mapResponse.tap(this.#deprecate)
    if (this.#used.size > 0) {
      hooks.onFinish.tap((exchange) => {
        const used = exchange.get(usedName)
        if (used) this.#counter.byCaller(exchange, used.oldName)
      })
    }
    for (const oldName of oldTargets)
      hooks.onFinish.tap((exchange) => this.#counter.byRoute(exchange, oldName))
  }
}

/** Gives the upstream the path of the new place, of a request to an old one. */
function moveToNewPlace(exchange: Exchange): void {
  exchange.upstreamPath = placedPath(exchange)
}
