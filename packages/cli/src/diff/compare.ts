/** Compares what two configurations mean. */
import { accessChanges, accessText, closedness } from './access.ts'
import { type Change, type ChangeKind, grouped, type SingleChange } from './changes.ts'
import { changedLeaves, type Leaves, leafText, leavesOf } from './leaves.ts'
import type { Meaning, RouteMeaning } from './meaning.ts'

/** Options of core by which clients, or their addresses, are seen otherwise. */
const FACES = ['via', 'forwarded', 'trustedProxies', 'paths', 'requestIdHeader', 'timingHeader', 'upgrades']

/** Everything that changes, the gravest first. */
export function compareMeanings(before: Meaning, after: Meaning): Change[] {
  return grouped([
    ...routeChanges(before, after),
    ...serviceChanges(before, after),
    ...pluginChanges(before, after),
    ...gatewayChanges(before, after),
  ])
}

/** Routes by their id; one that only has another id is known by what it matches. */
function pairRoutes(
  before: Meaning,
  after: Meaning,
): { readonly before: RouteMeaning | undefined; readonly after: RouteMeaning | undefined }[] {
  const gone = new Map([...before.routes].filter(([id]) => !after.routes.has(id)))
  const pairs = [...after.routes.values()].map((route) => {
    const same = before.routes.get(route.id)
    if (same) return { before: same, after: route }
    const renamed =
      route.match === '' ? undefined : [...gone.values()].find(({ match }) => match === route.match)
    if (renamed) gone.delete(renamed.id)
    return { before: renamed, after: route }
  })
  return [...pairs, ...[...gone.values()].map((route) => ({ before: route, after: undefined }))]
}

function routeChanges(before: Meaning, after: Meaning): SingleChange[] {
  const isGuarded = [...after.routes.values()].some((route) => closedness(route) > 0)
  return pairRoutes(before, after).flatMap(({ before: was, after: is }): SingleChange[] => {
    if (was && is) return changesOfRoute(was, is)
    if (is) return [addedRoute(is, isGuarded)]
    if (!was) return []
    const what = `is gone: what it matched (${was.match || was.id}) goes to another route or gets 404`
    return [{ kind: 'refuses', of: 'route', name: was.id, what }]
  })
}

function addedRoute(route: RouteMeaning, isGuarded: boolean): SingleChange {
  const isOpen = closedness(route) === 0
  const to = route.target.length > 0 ? ` to ${route.target.join(', ')}` : ''
  return {
    kind: isOpen && isGuarded ? 'opens' : 'moves',
    of: 'route',
    name: route.id,
    what: `is new: ${route.match || 'whatever a plugin picks it for'}${to}, ${accessText(route)}`,
  }
}

function changesOfRoute(was: RouteMeaning, is: RouteMeaning): SingleChange[] {
  const change = (kind: ChangeKind, what: string): SingleChange => ({ kind, of: 'route', name: is.id, what })
  const told = (kind: ChangeKind, a: Leaves, b: Leaves, prefix = ''): SingleChange[] =>
    changedLeaves(a, b).map((leaf) => change(kind, `${prefix}${leafText(leaf)}`))
  return [
    ...accessChanges(was, is),
    ...(was.id === is.id
      ? []
      : [change('behaves', `was called ${was.id}: logs, metrics and breakers begin anew`)]),
    ...(was.match === is.match ? [] : [change('moves', `matches ${was.match} → ${is.match}`)]),
    ...(sameTexts(was.target, is.target)
      ? []
      : [change('moves', `leads to ${was.target.join(', ')} → ${is.target.join(', ')}`)]),
    ...told('moves', was.changes, is.changes),
    ...told('limits', was.attempts, is.attempts),
    ...told('limits', leavesOf(was.info.timeouts), leavesOf(is.info.timeouts), 'timeouts.'),
    ...told('limits', leavesOf(was.info.limits), leavesOf(is.info.limits), 'limits.'),
  ]
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index])
}

function serviceChanges(before: Meaning, after: Meaning): SingleChange[] {
  const names = [...new Set([...before.services.keys(), ...after.services.keys()])]
  return names.flatMap((name): SingleChange[] => {
    const [was, is] = [before.services.get(name), after.services.get(name)]
    const change = (kind: ChangeKind, what: string): SingleChange => ({ kind, of: 'service', name, what })
    if (!is) return [change('behaves', 'is gone')]
    if (!was) return [change('behaves', `is new: ${is.endpoints.join(', ') || 'its endpoints are found'}`)]
    const added = is.endpoints.filter((url) => !was.endpoints.includes(url))
    const removed = was.endpoints.filter((url) => !is.endpoints.includes(url))
    return [
      ...(added.length > 0 ? [change('moves', `also at ${added.join(', ')}`)] : []),
      ...(removed.length > 0 ? [change('moves', `no more at ${removed.join(', ')}`)] : []),
      ...changedLeaves(was.options, is.options).map((leaf) => change(serviceKind(leaf.path), leafText(leaf))),
    ]
  })
}

/** Where its endpoints are, and by which old names it is asked for, says where requests go. */
function serviceKind(path: string): ChangeKind {
  return /^(discovery|endpoint|aliases|tls|inProcess)/.test(path) ? 'moves' : 'limits'
}

function pluginChanges(before: Meaning, after: Meaning): SingleChange[] {
  const names = [...new Set([...before.plugins.keys(), ...after.plugins.keys()])]
  return names.flatMap((name): SingleChange[] => {
    const [was, is] = [before.plugins.get(name), after.plugins.get(name)]
    const change = (what: string): SingleChange => ({ kind: 'behaves', of: 'plugin', name, what })
    if (!is) return [change('is gone')]
    if (!was) return [change(`is new, ${is.version}, ${is.mode}`)]
    return changedLeaves(was.options, is.options).map((leaf) => change(leafText(leaf)))
  })
}

function gatewayChanges(before: Meaning, after: Meaning): SingleChange[] {
  const told = (kindOf: (path: string) => ChangeKind, a: Leaves, b: Leaves, prefix = ''): SingleChange[] =>
    changedLeaves(a, b).map((leaf) => ({
      kind: kindOf(leaf.path),
      of: 'gateway',
      name: '',
      what: `${prefix}${leafText(leaf)}`,
    }))
  const kindOf = (path: string): ChangeKind => {
    if (path.startsWith('upstream')) return 'moves'
    return FACES.some((face) => path.startsWith(face)) ? 'listens' : 'behaves'
  }
  return [
    ...told(kindOf, before.gateway, after.gateway),
    ...told(() => 'listens', before.listen, after.listen, 'listen.'),
    ...told(() => 'behaves', before.host, after.host),
  ]
}
