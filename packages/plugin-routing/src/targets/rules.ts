import type { Exchange } from '@postern/core'
import type { Service } from '../service.ts'
import { describeCondition } from '../table/conditions.ts'
import { type Condition, holds } from '../table/match.ts'
import { RequestValues } from '../table/request-values.ts'
import { type CallerCondition, describeCaller, isCalledBy } from './caller-condition.ts'
import type { Target, TargetDescription } from './target.ts'

/** A rule, checked and normalised. */
export interface Rule {
  /** All must hold. */
  readonly headers: readonly Condition[]
  /** All must hold. */
  readonly query: readonly Condition[]
  /** Who must call; `null` for anybody. */
  readonly caller: CallerCondition | null
  readonly to: Target
}

/** The first rule that fits, else the rest. */
export class Rules implements Target {
  readonly services: readonly [Service, ...Service[]]
  readonly varies = true
  readonly #rules: readonly Rule[]
  readonly #otherwise: Target

  constructor(rules: readonly Rule[], otherwise: Target) {
    this.#rules = rules
    this.#otherwise = otherwise
    const all = new Set([...otherwise.services, ...rules.flatMap(({ to }) => to.services)])
    this.services = [...all] as [Service, ...Service[]]
  }

  serviceFor(exchange: Exchange): Service {
    const values = new RequestValues(exchange)
    for (const rule of this.#rules) if (fits(rule, values, exchange)) return rule.to.serviceFor(exchange)
    return this.#otherwise.serviceFor(exchange)
  }

  describe(): TargetDescription {
    return {
      kind: 'rules',
      rules: this.#rules.map((rule) => ({ when: describeRule(rule), to: rule.to.describe() })),
      otherwise: this.#otherwise.describe(),
    }
  }
}

function fits({ headers, query, caller }: Rule, values: RequestValues, exchange: Exchange): boolean {
  if (caller !== null && !isCalledBy(caller, exchange)) return false
  for (const condition of headers) if (!holds(condition, values.header(condition.name))) return false
  for (const condition of query) if (!holds(condition, values.query(condition.name))) return false
  return true
}

/** `x-tenant=blue; ?version=2; caller=a or b`. */
function describeRule({ headers, query, caller }: Rule): string {
  return [
    ...headers.map(describeCondition),
    ...query.map((condition) => `?${describeCondition(condition)}`),
    ...(caller === null ? [] : describeCaller(caller)),
  ].join('; ')
}
