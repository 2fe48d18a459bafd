import type { Exchange } from '@postern/core'
import { hasRoom } from '../balancing/candidates.ts'
import type { Member } from '../balancing/member.ts'
import type { HealthOptions } from '../options/health-options.ts'
import { ActiveChecks } from './active-checks.ts'
import { countCheck } from './check-count.ts'
import { mayEjectOneMore } from './ejection-bound.ts'
import { HealthLog } from './health-log.ts'
import type { HealthParts } from './health-parts.ts'
import { PanicRule } from './panic.ts'
import { type HealthChange, PassiveHealth } from './passive-health.ts'
import type { HealthUser } from './service-health.ts'
import { conditionOf, type EndpointState, type HealthCounts, stateOf } from './states.ts'

/** Which endpoints of a service can be used, in one generation. While all can, `sick` is 0 and nothing else needs a look. */
export class Health implements HealthUser {
  /** How many endpoints are not to be used. */
  sick = 0
  /** Told when an endpoint went or came back. */
  onChange: () => void = () => {}
  readonly #options: HealthOptions
  readonly #parts: HealthParts
  readonly #passive: PassiveHealth
  readonly #active: ActiveChecks | null
  readonly #panic: PanicRule
  readonly #log: HealthLog
  #members: readonly Member[] = []
  #byEndpoint = new Map<unknown, Member>()
  #addresses = new Set<string>()

  constructor(options: HealthOptions, parts: HealthParts) {
    this.#options = options
    this.#parts = parts
    this.#passive = new PassiveHealth(options.passive ?? {}, parts.ejectMs, parts.nowMs)
    this.#panic = new PanicRule(options.panicThreshold, parts.zone)
    this.#log = new HealthLog(parts.service, parts.logger, parts.nowMs)
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

  /** Whether so few are left that sick ones are used as well. */
  get isPanic(): boolean {
    return this.#panic.isOn
  }

  /** Whether an endpoint is to be passed over now: it is sick, and enough others are not. */
  isOut(member: Member): boolean {
    return this.isSick(member) && !this.#panic.covers(member)
  }

  /** The ejected endpoint that the exchange is let through to, since the time of its ejection is over; none for most. */
  probeFor(exchange: Exchange): Member | undefined {
    if (exchange.attempt !== null || !this.#passive.isOn) return undefined
    const nowMs = this.#parts.nowMs()
    for (const member of this.#members) {
      if (this.#active !== null && member.health.isUnhealthy) continue
      if (this.#passive.returnsByStream(member.health, nowMs)) {
        this.#changed(member, 'returned')
        continue
      }
      if (hasRoom(member, exchange) && this.#passive.takesProbe(member.health, exchange, nowMs)) return member
    }
    return undefined
  }

  /** What was counted of its endpoints so far. */
  get counts(): HealthCounts {
    const { ejections, checks } = this.#parts.kept
    return { ejections, checks: { ...checks } }
  }

  /** The state of its endpoints as plain data. */
  states(): readonly EndpointState[] {
    const nowMs = this.#parts.nowMs()
    return this.#members.map((member) =>
      stateOf(member, conditionOf(member, this.#passive.isOn, this.isSick(member)), nowMs),
    )
  }

  /**
   * Learns from an attempt that is over.
   * @param slowMs from which time on without a head an attempt gets another one beside it; 0 for never.
   */
  attemptEnded(exchange: Exchange, slowMs = 0): void {
    const member = this.#byEndpoint.get(exchange.attempt?.endpoint)
    if (!member || !this.#passive.isOn) return
    const change = this.#passive.attemptEnded(member.health, exchange, this.#mayEject, slowMs)
    if (change !== undefined) this.#changed(member, change)
  }

  healthChanged(): void {
    this.sick = this.#members.filter((member) => this.isSick(member)).length
    this.#panic.update(this.#members, (member) => this.isSick(member))
    this.#log.panic(this.#parts.kept, this, this.#members.length)
    this.onChange()
  }

  /** Its generation is over. */
  close(): void {
    this.#active?.close()
    this.#parts.kept.leave(this)
  }

  readonly #mayEject = (): boolean =>
    mayEjectOneMore(this.#members, this.#options.passive?.maxEjectedShare ?? 1)

  #checked(member: Member, fault: string | undefined): void {
    const { kept, nowMs } = this.#parts
    kept.checks[fault === undefined ? 'passed' : 'failed']++
    if (!countCheck(member.health, fault === undefined, this.#options.active ?? {}, nowMs)) return
    this.#log.checked(member, fault)
    kept.changed()
  }

  #changed(member: Member, change: HealthChange): void {
    const { kept } = this.#parts
    if (change === 'ejected') kept.ejections++
    this.#log.changed(member, change)
    kept.changed()
  }
}
