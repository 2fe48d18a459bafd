import type { Exchange, Logger, PluginHost } from '@postern/core'
import { hasRoom } from '../balancing/candidates.ts'
import type { Member } from '../balancing/member.ts'
import type { HealthOptions } from '../options/health-options.ts'
import { ActiveChecks } from './active-checks.ts'
import { countCheck } from './check-count.ts'
import { type HealthChange, PassiveHealth } from './passive-health.ts'
import type { HealthUser, ServiceHealth } from './service-health.ts'
import { type EndpointCondition, type EndpointState, stateOf } from './states.ts'

const DEFAULT_PANIC_THRESHOLD = 0.5

/** What health needs beside its options. */
export interface HealthParts {
  /** Name of the service, for log lines. */
  readonly service: string
  /** How long a first ejection lasts, in milliseconds; 0 for none. */
  readonly ejectMs: number
  /** What outlives the generation. */
  readonly kept: ServiceHealth
  /** Gets what operators should know. */
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** The clock of `endpoint.sinceMs`. */
  readonly nowMs: () => number
  /** Sends a check. */
  readonly request: PluginHost['request']
}

/** Which endpoints of a service can be used, in one generation. While all can, `sick` is 0 and nothing else needs a look. */
export class Health implements HealthUser {
  /** How many endpoints are not to be used. */
  sick = 0
  /** Whether so few are left that all are used. */
  isPanic = false
  /** Told when an endpoint went or came back. */
  onChange: () => void = () => {}
  readonly #options: HealthOptions
  readonly #parts: HealthParts
  readonly #passive: PassiveHealth
  readonly #active: ActiveChecks | null
  readonly #panicThreshold: number
  #members: readonly Member[] = []
  #byEndpoint = new Map<unknown, Member>()
  #addresses = new Set<string>()

  constructor(options: HealthOptions, parts: HealthParts) {
    this.#options = options
    this.#parts = parts
    this.#passive = new PassiveHealth(options.passive ?? {}, parts.ejectMs, parts.nowMs)
    this.#panicThreshold = options.panicThreshold ?? DEFAULT_PANIC_THRESHOLD
    const { kept, request } = parts
    this.#active = options.active
      ? new ActiveChecks(options.active, {
          request,
          random: Math.random,
          isOn: () => kept.isNewest(this),
          checked: (member, fault) => this.#checked(member, fault),
        })
      : null
  }

  /** From now on it takes part in what the generations share. */
  start(): void {
    this.#parts.kept.join(this)
    this.#parts.kept.forgetUnused()
    this.#active?.start()
    this.healthChanged()
  }

  /** Takes the endpoints of the service, with what is known of their addresses. */
  watch(members: readonly Member[]): void {
    const { kept } = this.#parts
    this.#members = members
    this.#byEndpoint = new Map(members.map((member) => [member.endpoint, member]))
    this.#addresses = new Set(members.map(({ address }) => address))
    for (const member of members) member.health = kept.of(member.address)
    // Before it takes part nobody knows that it has them.
    if (kept.isUser(this)) kept.forgetUnused()
    this.#active?.watch(members)
    this.healthChanged()
  }

  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  /** Whether an endpoint is not to be used while others are left. */
  isSick({ health }: Member): boolean {
    return (this.#passive.isOn && health.ejectedUntilMs > 0) || (this.#active !== null && health.isUnhealthy)
  }

  /** The ejected endpoint that the exchange is let through to, since the time of its ejection is over; none for most. */
  probeFor(exchange: Exchange): Member | undefined {
    if (exchange.attempt !== null || !this.#passive.isOn) return undefined
    const nowMs = this.#parts.nowMs()
    for (const member of this.#members) {
      if (this.#active !== null && member.health.isUnhealthy) continue
      if (hasRoom(member, exchange) && this.#passive.takesProbe(member.health, exchange, nowMs)) return member
    }
    return undefined
  }

  /** The state of its endpoints as plain data. */
  states(): readonly EndpointState[] {
    const nowMs = this.#parts.nowMs()
    return this.#members.map((member) => stateOf(member, this.#conditionOf(member), nowMs))
  }

  #conditionOf(member: Member): EndpointCondition {
    const { ejectedUntilMs, probe } = member.health
    if (this.#passive.isOn && ejectedUntilMs > 0) return probe === null ? 'ejected' : 'probing'
    return this.isSick(member) ? 'unhealthy' : 'healthy'
  }

  /** Learns from an attempt that is over. */
  attemptEnded(exchange: Exchange): void {
    const { attempt } = exchange
    if (attempt === null || !this.#passive.isOn) return
    const member = this.#byEndpoint.get(attempt.endpoint)
    if (!member) return
    const change = this.#passive.attemptEnded(member.health, exchange, attempt, this.#mayEject)
    if (change === undefined) return
    this.#log(member, change)
    this.#parts.kept.changed()
  }

  healthChanged(): void {
    this.sick = this.#members.filter((member) => this.isSick(member)).length
    const usable = this.#members.length - this.sick
    this.isPanic = this.sick > 0 && (usable === 0 || usable < this.#panicThreshold * this.#members.length)
    this.#logPanic(usable)
    this.onChange()
  }

  /** Its generation is over. */
  close(): void {
    this.#active?.close()
    this.#parts.kept.leave(this)
  }

  readonly #mayEject = (): boolean => {
    let ejected = 0
    for (const { health } of this.#members) if (health.ejectedUntilMs > 0) ejected++
    return (
      ejected === 0 || ejected + 1 <= (this.#options.passive?.maxEjectedShare ?? 1) * this.#members.length
    )
  }

  #checked({ endpoint: { url }, health }: Member, fault: string | undefined): void {
    const { kept, logger, nowMs, service } = this.#parts
    if (!countCheck(health, fault === undefined, this.#options.active ?? {}, nowMs)) return
    if (health.isUnhealthy) logger.warn({ service, url, fault }, 'An endpoint fails its health checks')
    else logger.info({ service, url }, 'An endpoint passes its health checks again')
    kept.changed()
  }

  #log({ endpoint: { url }, health }: Member, change: HealthChange): void {
    const { logger, nowMs, service } = this.#parts
    if (change === 'returned') {
      logger.info({ service, url }, 'An endpoint is back')
      return
    }
    const { consecutiveFailures } = health
    const ejectedForMs = Math.round(health.ejectedUntilMs - nowMs())
    logger.warn({ service, url, consecutiveFailures, ejectedForMs }, 'An endpoint is ejected')
  }

  /** Once when it begins and once when it ends, also when a reload comes between. */
  #logPanic(usable: number): void {
    const { kept, logger, service } = this.#parts
    if (!kept.isNewest(this) || kept.isPanicLogged === this.isPanic) return
    kept.isPanicLogged = this.isPanic
    const facts = { service, usable, endpoints: this.#members.length }
    if (this.isPanic) logger.warn(facts, 'Too few endpoints are usable: all of them are used')
    else logger.info(facts, 'Enough endpoints are usable again')
  }
}
