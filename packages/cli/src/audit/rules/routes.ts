/** What routes do beside leading somewhere: changes, copies, rules that nothing reaches. */
import { isDeepStrictEqual } from 'node:util'
import type { AuditContext, AuditedRoute } from '../context.ts'
import { list, record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

const transformsMany: AuditRule = {
  id: 'transforms-many',
  severity: 'warning',
  title: 'A route changes a lot',
  why: 'A gateway that reshapes requests turns into a second application server, with rules that no team tests.',
  fix: 'Move the changes into the service or its client. audit.transformsPerRoute sets the bound.',
  *check(context): Iterable<Finding> {
    for (const route of context.routes) {
      const count = transformsOf(context, route)
      if (count <= context.settings.transformsPerRoute) continue
      yield {
        path: route.options['rewrite'] === undefined ? route.path : [...route.path, 'rewrite'],
        at: 'key',
        subject: route.id,
        message: `Route ${JSON.stringify(route.id)} makes ${count} changes`,
      }
    }
  },
}

/** Each plugin that transforms, each header and parameter, and each change of path and host. */
function transformsOf({ plugins }: AuditContext, { options, plugins: onRoute }: AuditedRoute): number {
  const transforms = new Set(plugins.filter(({ fault }) => fault === 'transform').map(({ name }) => name))
  // The routing plugin is where rewrites are counted.
  const active = onRoute.filter(
    ({ name, mode }) => transforms.has(name) && mode !== 'off' && name !== '@postern/plugin-routing',
  )
  const rewrite = record(options['rewrite'])
  const groups = ['query', 'requestHeaders', 'responseHeaders'].flatMap((key) =>
    Object.values(record(rewrite[key])),
  )
  const named = groups.reduce<number>(
    (sum, group) => sum + (Array.isArray(group) ? group.length : Object.keys(record(group)).length),
    0,
  )
  const single = ['path', 'host'].filter((key) => rewrite[key] !== undefined && rewrite[key] !== 'upstream')
  return active.length + named + single.length
}

const mirrorCredentials: AuditRule = {
  id: 'mirror-credentials',
  severity: 'advice',
  title: 'A copy of requests carries the credentials of callers',
  why: 'The service that gets the copies can act as every caller of the route.',
  fix: 'Mirror only to a service of the same team and trust, and accept it with that reason.',
  *check({ routes }): Iterable<Finding> {
    for (const route of routes) {
      const mirror = record(route.options['mirror'])
      if (mirror['to'] === undefined) continue
      yield {
        path: [...route.path, 'mirror', 'to'],
        subject: route.id,
        message: `Route ${JSON.stringify(route.id)} copies requests to ${JSON.stringify(mirror['to'])}`,
      }
    }
  },
}

const ruleUnreachable: AuditRule = {
  id: 'rule-unreachable',
  severity: 'error',
  title: 'A rule of a route is never met',
  why: 'An earlier rule takes all of its requests, so they go elsewhere than the file seems to say.',
  fix: 'Put the rule that asks for more before the one that asks for less, or take it out.',
  *check({ routes }): Iterable<Finding> {
    for (const route of routes) {
      const rules = list(record(route.options['to'])['rules']).map((rule) => record(record(rule)['when']))
      for (const [index, when] of rules.entries()) {
        const first = rules.findIndex((earlier, at) => at < index && takesAllOf(earlier, when))
        if (first < 0) continue
        yield {
          path: [...route.path, 'to', 'rules', index],
          subject: route.id,
          message: `Rule ${index + 1} of route ${JSON.stringify(route.id)} is never met: rule ${first + 1} takes all of it`,
        }
      }
    }
  },
}

/** Whether whatever meets `inner` meets `outer`: each condition of `outer` stands in `inner`, too. */
function takesAllOf(
  outer: Readonly<Record<string, unknown>>,
  inner: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(outer).every(([key, wanted]) => {
    const given = inner[key]
    if (key === 'headers' || key === 'query') {
      const lower = (name: string): string => (key === 'headers' ? name.toLowerCase() : name)
      const byName = new Map(Object.entries(record(given)).map(([name, value]) => [lower(name), value]))
      return Object.entries(record(wanted)).every(([name, value]) =>
        isDeepStrictEqual(byName.get(lower(name)), value),
      )
    }
    const asked: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted]
    const has: readonly unknown[] = given === undefined ? [] : Array.isArray(given) ? given : [given]
    // All scopes must be held; of the others one of several is enough.
    if (key === 'scopes') return asked.every((one) => has.includes(one))
    return has.length > 0 && has.every((one) => asked.includes(one))
  })
}

/** The rules of this file. */
export const routeRules: readonly AuditRule[] = [transformsMany, mirrorCredentials, ruleUnreachable]
