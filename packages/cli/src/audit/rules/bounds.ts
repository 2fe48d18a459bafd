/** What has no end: bodies, times, places, and paths that two parsers read differently. */
import type { RouteInfo } from '@postern/core'
import type { AuditContext, AuditedRoute } from '../context.ts'
import { named, record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

/**
 * A number of every route. Where the gateway's own leaves it open, that is one finding with the names of the routes that have it
 * from there; a route that opens it again is one of its own.
 */
function* open(
  context: AuditContext,
  group: 'timeouts' | 'limits',
  key: string,
  isOpen: (route: RouteInfo) => boolean,
  words: string,
): Generator<Finding> {
  const own = record(context.written[group])
  const routes = context.routes.filter(isOpen)
  const says = ({ options }: AuditedRoute): boolean => record(options[group])[key] !== undefined
  const inherited = routes.filter((route) => !says(route))
  if (inherited.length > 0)
    yield {
      path: [group, ...(own[key] === undefined ? [] : [key])],
      at: 'key',
      message: `${words} on ${inherited.length === context.routes.length ? 'every route' : named(inherited.map(({ id }) => id))}`,
    }
  for (const route of routes.filter(says))
    yield {
      path: [...route.path, group, key],
      subject: route.id,
      message: `${words} on route ${JSON.stringify(route.id)}`,
    }
}

const bodyUnlimited: AuditRule = {
  id: 'body-unlimited',
  severity: 'warning',
  title: 'Request bodies have no limit',
  why: 'One client can fill a disk or the memory of a service behind the gateway.',
  fix: 'Set limits.requestBodyBytes to what the largest honest request needs, and more on the routes that upload.',
  check: (context) =>
    open(
      context,
      'limits',
      'requestBodyBytes',
      ({ limits }) => limits.requestBodyBytes === Number.POSITIVE_INFINITY,
      'No limits.requestBodyBytes',
    ),
}

const totalTimeMissing: AuditRule = {
  id: 'total-time-missing',
  severity: 'warning',
  title: 'Exchanges have no total time',
  why: 'Retries, slow heads and slow bodies add up; callers give up long before, and their requests still hold places.',
  fix: 'Set timeouts.totalMs a little below what callers wait, and 0 only on routes that stream.',
  check: (context) =>
    open(context, 'timeouts', 'totalMs', ({ timeouts }) => timeouts.totalMs === 0, 'No timeouts.totalMs'),
}

/** Times whose default is bounded. */
const BOUNDED = ['headersMs', 'idleMs', 'pluginMs'] as const

const timeUnlimited: AuditRule = {
  id: 'time-unlimited',
  severity: 'warning',
  title: 'A time was set to no limit',
  why: 'A service or plugin that hangs then holds connections and places until somebody restarts the gateway.',
  fix: 'Take out the 0; give a route that streams its own idleMs.',
  *check(context): Iterable<Finding> {
    for (const key of BOUNDED)
      yield* open(context, 'timeouts', key, ({ timeouts }) => timeouts[key] === 0, `timeouts.${key} is 0`)
  },
}

/** Ten times the default: no service that runs in one process serves that many at once. */
const MANY = 10_240

const concurrencyUnbounded: AuditRule = {
  id: 'concurrency-unbounded',
  severity: 'warning',
  title: 'An endpoint may get any number of requests at once',
  why: 'When it slows down, everything piles up on it, and the memory of the gateway fills with waiting requests.',
  fix: 'Take out limits.concurrencyPerEndpoint (1024), or set it to what the service was tested with.',
  check: (context) =>
    open(
      context,
      'limits',
      'concurrencyPerEndpoint',
      ({ limits }) => limits.concurrencyPerEndpoint >= MANY,
      `limits.concurrencyPerEndpoint is ${MANY} or more`,
    ),
}

const pathAmbiguous: AuditRule = {
  id: 'path-ambiguous',
  severity: 'warning',
  title: 'Paths that two parsers read differently are let through',
  why: 'The gateway decides about one path, and the service serves another: a way around guards and routes.',
  fix: 'Leave paths at refuse, or resolve and merge, which forward the path as it was matched.',
  *check({ data }): Iterable<Finding> {
    for (const key of ['encodedSlash', 'backslash', 'doubleSlash']) {
      if (record(data['paths'])[key] === 'keep')
        yield { path: ['paths', key], message: `paths.${key} is keep` }
    }
  },
}

/** The rules of this file. */
export const boundRules: readonly AuditRule[] = [
  bodyUnlimited,
  totalTimeMissing,
  timeUnlimited,
  concurrencyUnbounded,
  pathAmbiguous,
]
