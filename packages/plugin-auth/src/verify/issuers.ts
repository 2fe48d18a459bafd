import type { Logger } from '@postern/core'
import type { Lasting } from '../lasting.ts'
import type { ResolvedAuthOptions } from '../options.ts'
import type { ResolvedJwtIssuerOptions } from './jwt-options.ts'
import type { KeyStats } from './jwt-stats.ts'
import { type KeySource, leaseKeySource } from './key-source.ts'
import type { IssuerRules } from './messages.ts'
import type { Lease } from './shared.ts'
import type { TimeRules } from './token-times.ts'

/** One configured issuer: what its tokens must satisfy, and the keys to check them with. */
export interface Issuer {
  /** Its place in `Issuers.rules`, by which a worker knows it. */
  readonly place: number
  /** What its tokens must satisfy. */
  readonly rules: IssuerRules
  /** How its `iat` is read. */
  readonly times: TimeRules
  /** Claim that holds the scopes; `undefined`: `scope`, then `scp`. */
  readonly scopeClaim: string | undefined
  /** Its keys. */
  readonly keys: KeySource
}

/** The configured issuers, by what tokens call them. */
export class Issuers {
  /** What a worker has to know of each, in order. */
  readonly rules: readonly IssuerRules[]
  readonly #byName = new Map<string, Issuer>()
  readonly #leases: Lease<KeySource>[] = []

  /** Reads configured keys, and starts to fetch the others. */
  constructor(options: ResolvedAuthOptions, lasting: Lasting, logger: Logger) {
    this.rules = options.jwt.map(toRules)
    for (const [place, rules] of this.rules.entries()) {
      const one = options.jwt[place] as ResolvedJwtIssuerOptions
      const { maxTokenAgeMs, futureIat, scopeClaim } = one
      const lease = leaseKeySource(one, options.jwks, lasting, logger)
      this.#leases.push(lease)
      const times = { maxTokenAgeMs, futureIat }
      this.#byName.set(rules.issuer, { place, rules, times, scopeClaim, keys: lease.value })
    }
  }

  /** The issuer that a token names, when it is one. */
  get(name: string | undefined): Issuer | undefined {
    return name === undefined ? undefined : this.#byName.get(name)
  }

  /** Why tokens of some issuers cannot be checked: one sentence each. */
  faults(): string[] {
    return this.#leases.map(({ value }) => value.ready()).filter((state) => state !== true)
  }

  /** How the keys of each stand. */
  keyStats(): readonly KeyStats[] {
    return Array.from(this.#byName, ([issuer, { keys }]) => ({ issuer, ...keys.state() }))
  }

  /** Sends log lines elsewhere from now on. */
  useLogger(logger: Logger): void {
    for (const { value } of this.#leases) value.logger = logger
  }

  /** Gives the keys back. */
  release(): void {
    for (const lease of this.#leases) void lease.release()
  }
}

function toRules(one: ResolvedJwtIssuerOptions): IssuerRules {
  return {
    issuer: one.issuer,
    audience: typeof one.audience === 'string' ? [one.audience] : one.audience,
    algorithms: one.algorithms,
    clockToleranceMs: one.clockToleranceMs,
    typ: one.typ,
    requiredClaims: one.requiredClaims,
  }
}
