import type { RouteTarget, SplitTarget, TargetRule } from '../options/target-options.ts'
import { invalidOption } from '../problems.ts'
import type { Service } from '../service.ts'
import { serviceFor } from '../services.ts'
import { readHeaderConditions, readQueryConditions } from '../table/conditions.ts'
import { readCaller } from './caller-condition.ts'
import { ChosenTarget } from './chosen-target.ts'
import { type Rule, Rules } from './rules.ts'
import { Split } from './split.ts'
import { SingleTarget, type Target } from './target.ts'

type Services = ReadonlyMap<string, Service>
type Place = readonly PropertyKey[]

/**
 * The target of a route.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an unknown service, one that a split names twice, weights that are
 * all 0, a rule without a condition, or a condition that no request can meet.
 */
export function readTarget(given: RouteTarget, services: Services, at: Place): Target {
  const target = readVarying(given, services, at)
  return target.varies ? new ChosenTarget(target) : target
}

function readVarying(given: RouteTarget, services: Services, at: Place): Target {
  if (typeof given === 'string') return new SingleTarget(serviceFor(services, given, at))
  if ('split' in given) return readSplit(given, services, at)
  return new Rules(
    given.rules.map((rule, index) => readRule(rule, services, [...at, 'rules', index])),
    readVarying(given.otherwise, services, [...at, 'otherwise']),
  )
}

function readSplit({ split, by }: SplitTarget, services: Services, at: Place): Target {
  const seen = new Map<string, number>()
  const parts = split.map(({ to, weight }, index) => {
    const here = [...at, 'split', index, 'to']
    const earlier = seen.get(to)
    if (earlier !== undefined)
      throw invalidOption(here, `the service of split[${earlier}] again`, 'each service once')
    seen.set(to, index)
    return { service: serviceFor(services, to, here), weight }
  })
  const weighted = parts.filter(({ weight }) => weight > 0)
  const [only] = weighted
  if (!only) throw invalidOption([...at, 'split'], 'weights that are all 0', 'one above 0')
  return weighted.length === 1 ? new SingleTarget(only.service) : new Split(weighted, by)
}

function readRule({ when, to }: TargetRule, services: Services, at: Place): Rule {
  const here = [...at, 'when']
  const headers = readHeaderConditions(when.headers, [...here, 'headers'])
  const query = readQueryConditions(when.query, [...here, 'query'])
  const caller = readCaller(when)
  // It would fit everything, and the rules after it would never be asked.
  if (headers.length + query.length === 0 && caller === null)
    throw invalidOption(here, 'no condition', 'headers, query, caller, issuer, scheme or scopes')
  return { headers, query, caller, to: readVarying(to, services, [...at, 'to']) }
}
