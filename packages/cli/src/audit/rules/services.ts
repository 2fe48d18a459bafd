/** Services and what happens when they fail: owners, names, health, retries. */

import type { AuditContext, AuditedRoute } from '../context.ts'
import { list, named, record, texts } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

/** Names of services that a target leads to. */
function targetsOf(target: unknown): string[] {
  if (typeof target === 'string') return [target]
  const { split, rules, otherwise } = record(target)
  return [
    ...list(split).flatMap((part) => texts(record(part)['to'])),
    ...list(rules).flatMap((rule) => targetsOf(record(rule)['to'])),
    ...(otherwise === undefined ? [] : targetsOf(otherwise)),
  ]
}

/** A service may be named by an alias. */
function leadsTo({ options }: AuditedRoute, names: readonly string[]): boolean {
  const mirror = texts(record(options['mirror'])['to'])
  return [...targetsOf(options['to']), ...mirror].some((name) => names.includes(name))
}

function namesOf(name: string, options: Readonly<Record<string, unknown>>): string[] {
  return [name, ...aliases(options).flatMap(({ alias }) => texts(alias['name']))]
}

function aliases(options: Readonly<Record<string, unknown>>) {
  return list(options['aliases']).map((given, index) => ({
    index,
    alias: typeof given === 'string' ? { name: given } : record(given),
  }))
}

const noOwner: AuditRule = {
  id: 'no-owner',
  severity: 'warning',
  title: 'Nobody answers for a service',
  why: 'At 3 a.m. nobody knows whom to call, and a route that nobody owns is never taken out.',
  fix: 'Set owner of the service to a team.',
  *check({ services, routes }: AuditContext): Iterable<Finding> {
    for (const { name, path, options } of services) {
      if (options['owner'] !== undefined) continue
      const led = routes.filter((route) => leadsTo(route, namesOf(name, options))).map(({ id }) => id)
      const where = led.length === 0 ? '' : `; routes ${named(led)} lead to it`
      yield {
        path,
        at: 'key',
        subject: name,
        message: `Service ${JSON.stringify(name)} has no owner${where}`,
      }
    }
  },
}

const serviceUnused: AuditRule = {
  id: 'service-unused',
  severity: 'advice',
  title: 'No route leads to a service',
  why: 'Its endpoints are checked and resolved for nobody, and readers take it for something that is in use.',
  fix: 'Take it out, or add the route that was meant.',
  *check({ services, routes }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      const isUsed = routes.some((route) => leadsTo(route, namesOf(name, options)))
      if (!isUsed && options['inProcess'] !== true)
        yield { path, at: 'key', subject: name, message: `No route leads to ${JSON.stringify(name)}` }
    }
  },
}

const aliasPastDate: AuditRule = {
  id: 'alias-past-date',
  severity: 'warning',
  title: 'An old name has passed its date',
  why: 'The date was a promise; while the name goes on to work, its last callers have no reason to change.',
  fix: 'See who still uses it (gw names), move them, then take the alias out.',
  *check({ services, nowMs }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      for (const { alias, index } of aliases(options)) {
        const until = alias['until']
        if (until === undefined || new Date(until as string | Date).getTime() > nowMs) continue
        yield {
          path: [...path, 'aliases', index, 'until'],
          subject: name,
          message: `Old name ${JSON.stringify(alias['name'])} of ${JSON.stringify(name)} was to go on ${new Date(until as string | Date).toISOString().slice(0, 10)}`,
        }
      }
    }
  },
}

const aliasWithoutEnd: AuditRule = {
  id: 'alias-without-end',
  severity: 'advice',
  title: 'An old name has no date',
  why: 'Without a date an old name is a second name for ever, and callers get no Sunset header.',
  fix: 'Give the alias an until.',
  *check({ services }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      for (const { alias, index } of aliases(options)) {
        if (alias['until'] !== undefined) continue
        const message = `Old name ${JSON.stringify(alias['name'])} of ${JSON.stringify(name)} has no until`
        yield { path: [...path, 'aliases', index], subject: name, message }
      }
    }
  },
}

const healthUnchecked: AuditRule = {
  id: 'health-unchecked',
  severity: 'advice',
  title: 'Nobody asks the endpoints of a service how they are',
  why: 'Requests of callers find out that an endpoint is gone, each time anew.',
  fix: 'Set health.active with a path that the service answers when it can do its work.',
  *check({ services }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      const isSeveral = list(options['endpoints']).length > 1 || options['discovery'] !== undefined
      if (!isSeveral || record(options['health'])['active'] !== undefined) continue
      const key = options['endpoints'] === undefined ? 'discovery' : 'endpoints'
      const message = `Service ${JSON.stringify(name)} has several endpoints and no health.active`
      yield { path: [...path, key], at: 'key', subject: name, message }
    }
  },
}

const ejectionOff: AuditRule = {
  id: 'ejection-off',
  severity: 'warning',
  title: 'A dead endpoint goes on to get requests',
  why: 'Nothing takes an endpoint out: neither failures of exchanges nor a check.',
  fix: 'Take out ejectMs: 0, or set health.active.',
  *check({ services }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      if (options['ejectMs'] === 0 && record(options['health'])['active'] === undefined)
        yield { path: [...path, 'ejectMs'], subject: name, message: `${JSON.stringify(name)} ejects nothing` }
    }
  },
}

/** Repeating these may do a thing twice (RFC 9110 section 9.2.2). */
const IDEMPOTENT = new Set([
  'GET',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PUT',
  'DELETE',
  'QUERY',
  'PROPFIND',
  'REPORT',
  'SEARCH',
])

const retryUnsafe: AuditRule = {
  id: 'retry-unsafe',
  severity: 'warning',
  title: 'Requests that may be carried out twice are sent again',
  why: 'A service that answered too late has done the work already: an order is placed twice.',
  fix: 'Take the method out of retry.methods, or accept it where the service knows repeats by a key.',
  *check({ routes }): Iterable<Finding> {
    for (const route of routes) {
      const methods = list(record(route.options['retry'])['methods'])
      for (const [index, method] of methods.entries()) {
        if (IDEMPOTENT.has(String(method))) continue
        const path = [...route.path, 'retry', 'methods', index]
        yield {
          path,
          subject: route.id,
          message: `${String(method)} is sent again on route ${JSON.stringify(route.id)}`,
        }
      }
    }
  },
}

/** Envoy's default is 0.2, and so is ours. */
const MOST_BUDGET = 0.5

const retryBudgetWide: AuditRule = {
  id: 'retry-budget-wide',
  severity: 'warning',
  title: 'Retries may multiply the load of an outage',
  why: 'When a service fails because it has too much to do, retries give it up to twice as much.',
  fix: 'Leave retryBudget.ratio at 0.2.',
  *check({ services }): Iterable<Finding> {
    for (const { name, path, options } of services) {
      const ratio = record(options['retryBudget'])['ratio']
      if (typeof ratio === 'number' && ratio > MOST_BUDGET)
        yield {
          path: [...path, 'retryBudget', 'ratio'],
          subject: name,
          message: `${JSON.stringify(name)} may get ${Math.round(ratio * 100)} % of its requests again`,
        }
    }
  },
}

/** The rules of this file. */
export const serviceRules: readonly AuditRule[] = [
  noOwner,
  serviceUnused,
  aliasPastDate,
  aliasWithoutEnd,
  healthUnchecked,
  ejectionOff,
  retryUnsafe,
  retryBudgetWide,
]
