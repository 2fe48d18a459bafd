import { isGatewayError, type PluginHost } from '@postern/core'
import type { Member } from '../balancing/member.ts'
import type { ActiveHealthOptions } from '../options/health-options.ts'
import { CHECKED_BODY_BYTES, faultOf } from './check-result.ts'

const DEFAULT_INTERVAL_MS = 10_000
const DEFAULT_TIMEOUT_MS = 2_000
/** Each interval is up to so much shorter or longer: gateways that started together do not ask together. */
const JITTER = 0.1

/** What checks need beside their options. */
export interface CheckParts {
  /** Sends a request to an endpoint. */
  readonly request: PluginHost['request']
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
  /** Whether this generation is the one that asks. */
  readonly isOn: () => boolean
  /** Told of each check that is over. `fault` says in words what was wrong; `undefined` when nothing was. */
  readonly checked: (member: Member, fault: string | undefined) => void
}

/** Asks every endpoint again and again how it is, each at its own time, and never with two requests at once. */
export class ActiveChecks {
  readonly #options: ActiveHealthOptions
  readonly #parts: CheckParts
  readonly #intervalMs: number
  readonly #timers = new Map<Member, NodeJS.Timeout>()
  #isRunning = false
  #members: readonly Member[] = []

  constructor(options: ActiveHealthOptions, parts: CheckParts) {
    this.#options = options
    this.#parts = parts
    this.#intervalMs = options.intervalMs ?? DEFAULT_INTERVAL_MS
  }

  /** Takes other endpoints. One that stays is asked when it would have been. */
  watch(members: readonly Member[]): void {
    this.#members = members
    if (!this.#isRunning) return
    for (const [member, timer] of this.#timers) {
      if (members.includes(member)) continue
      clearTimeout(timer)
      this.#timers.delete(member)
    }
    for (const member of members)
      if (!this.#timers.has(member)) this.#later(member, this.#parts.random() * this.#intervalMs)
  }

  /** Begins, spread over the first interval. */
  start(): void {
    this.#isRunning = true
    this.watch(this.#members)
  }

  /** Asks no more. */
  close(): void {
    this.#isRunning = false
    for (const timer of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }

  #later(member: Member, delayMs: number): void {
    const timer = setTimeout(() => void this.#check(member), delayMs)
    timer.unref()
    this.#timers.set(member, timer)
  }

  /** Never rejects: nobody would hear of it. */
  async #check(member: Member): Promise<void> {
    const { isOn, checked, random } = this.#parts
    // Another generation may be asking the same address.
    if (isOn() && !member.health.isChecking) {
      member.health.isChecking = true
      const fault = await this.#faultOf(member)
      member.health.isChecking = false
      if (this.#timers.has(member) && fault !== null) checked(member, fault)
    }
    if (this.#timers.has(member)) this.#later(member, this.#intervalMs * (1 + JITTER * (2 * random() - 1)))
  }

  /** What is wrong with an endpoint; `null` when that is not known, since the gateway closes. */
  async #faultOf({ endpoint }: Member): Promise<string | undefined | null> {
    const { path, headers = {}, timeoutMs = DEFAULT_TIMEOUT_MS, expectBody } = this.#options
    const maxBodyBytes = expectBody === undefined ? 0 : CHECKED_BODY_BYTES
    const flat = Object.entries(headers).flat()
    try {
      const request = { method: 'GET', path, headers: flat, timeoutMs, maxBodyBytes }
      return faultOf(await this.#parts.request(endpoint, request), this.#options)
    } catch (thrown) {
      const code = isGatewayError(thrown) ? thrown.code : 'no answer'
      return code === 'GW_GATEWAY_CLOSING' ? null : code
    }
  }
}
