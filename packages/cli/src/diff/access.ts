/** Who gets in, and who does not any more. */
import type { RoutePluginInfo } from '@postern/core'
import type { PolicyRequirements, RoutePolicyDescription } from '@postern/plugin-auth'
import type { SingleChange } from './changes.ts'
import type { RouteMeaning } from './meaning.ts'

const AUTH = '@postern/plugin-auth'

/** Lists of which a caller must have everything; of all others one thing is enough. */
const ALL_OF: readonly (keyof PolicyRequirements)[] = ['scopes', 'claims']
const REQUIREMENTS = [
  'scopes',
  'anyScope',
  'audiences',
  'claims',
  'callers',
  'kinds',
  'issuers',
  'check',
] as const

const STRENGTH = { off: 0, observe: 1, shadow: 2, enforce: 3 } as const

/** How closed a route is: 0 for everybody, 1 for nobody or somebody, 2 for those alone who prove who they are. */
export function closedness({ policy }: Pick<RouteMeaning, 'policy'>): 0 | 1 | 2 {
  if (policy?.mode !== 'enforce' || policy.access === 'public') return 0
  return policy.access === 'anonymous' ? 1 : 2
}

/** In words. */
export function accessText(route: Pick<RouteMeaning, 'policy'>): string {
  const { policy } = route
  if (!policy) return 'asks nobody'
  if (policy.access === 'public') return 'is public'
  const access =
    policy.access === 'anonymous' ? 'lets requests without credentials pass' : 'asks for credentials'
  return policy.mode === 'enforce' ? access : `${policy.mode}: refuses nobody`
}

/** What changes of one route. */
export function accessChanges(before: RouteMeaning, after: RouteMeaning): SingleChange[] {
  const name = after.id
  const [was, is] = [closedness(before), closedness(after)]
  const changes: SingleChange[] = guardChanges(before, after)
  if (was !== is) {
    const what = `${accessText(before)} → ${accessText(after)}`
    return [{ kind: is < was ? 'opens' : 'refuses', of: 'route', name, what }, ...changes]
  }
  if (accessText(before) !== accessText(after))
    changes.push({ kind: 'behaves', of: 'route', name, what: `${accessText(before)} → ${accessText(after)}` })
  if (!before.policy || !after.policy) return changes
  const asked = policyChanges(before.policy, after.policy).map(({ opens, what }): SingleChange => {
    // Where nobody is refused, nobody gets in or is kept out by it.
    const kind = is === 0 ? 'behaves' : opens ? 'opens' : 'refuses'
    return { kind, of: 'route', name, what }
  })
  return [...changes, ...asked]
}

interface PolicyChange {
  readonly opens: boolean
  readonly what: string
}

function policyChanges(before: RoutePolicyDescription, after: RoutePolicyDescription): PolicyChange[] {
  const ways = (policy: RoutePolicyDescription): string[] =>
    policy.schemes.flatMap(({ name, credentials, issuers }) =>
      issuers.length > 0 ? issuers.map((issuer) => `${name} of ${issuer}`) : [`${name} (${credentials})`],
    )
  return [
    ...setChanges('accepts', ways(before), ways(after), false),
    ...REQUIREMENTS.flatMap((name) => requirementChanges(name, before.requires, after.requires)),
  ]
}

function requirementChanges(
  name: (typeof REQUIREMENTS)[number],
  before: PolicyRequirements,
  after: PolicyRequirements,
): PolicyChange[] {
  const [was, is] = [textsOf(before[name]), textsOf(after[name])]
  if (ALL_OF.includes(name)) return setChanges(name, was, is, true)
  if (was.length === 0 && is.length > 0)
    return [{ opens: false, what: `${name}: asks for ${is.join(' or ')}` }]
  if (was.length > 0 && is.length === 0)
    return [{ opens: true, what: `${name}: asks no more for ${was.join(' or ')}` }]
  return setChanges(name, was, is, false)
}

/** @param isNeeded whether each entry is one more thing to have, else one more way in. */
function setChanges(
  name: string,
  was: readonly string[],
  is: readonly string[],
  isNeeded: boolean,
): PolicyChange[] {
  const added = is.filter((entry) => !was.includes(entry))
  const removed = was.filter((entry) => !is.includes(entry))
  return [
    ...(added.length > 0 ? [{ opens: !isNeeded, what: `${name}: also ${added.join(', ')}` }] : []),
    ...(removed.length > 0 ? [{ opens: isNeeded, what: `${name}: no more ${removed.join(', ')}` }] : []),
  ]
}

function textsOf(value: unknown): string[] {
  if (value === undefined) return []
  if (value === true) return ['a check in code']
  return (Array.isArray(value) ? value : [value]).map((one: unknown) => entryText(one)).toSorted()
}

/** `svc-*` and `{ id: svc-* }` are the same. */
function entryText(entry: unknown): string {
  if (typeof entry !== 'object' || entry === null) return String(entry)
  const pairs = Object.entries(entry)
    .filter(([, value]) => value !== undefined)
    .toSorted(([a], [b]) => a.localeCompare(b))
  if (pairs.length === 1 && pairs[0]?.[0] === 'id') return String(pairs[0][1])
  return pairs
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}

/** Modes, shares and exceptions of every plugin; of plugin-auth the mode is told in better words. */
function guardChanges(before: RouteMeaning, after: RouteMeaning): SingleChange[] {
  return after.info.plugins.flatMap((plugin): SingleChange[] => {
    const old = before.info.plugins.find(({ name }) => name === plugin.name)
    if (!old) return []
    const change = (weaker: boolean, what: string): SingleChange => ({
      // In a mode that refuses nobody, nobody gets in or is kept out.
      kind: plugin.name === AUTH && what.includes('enforce') ? (weaker ? 'opens' : 'refuses') : 'behaves',
      of: 'route',
      name: after.id,
      what: `${plugin.name}: ${what}`,
    })
    const changes: SingleChange[] = []
    if (old.mode !== plugin.mode && plugin.name !== AUTH)
      changes.push(change(STRENGTH[plugin.mode] < STRENGTH[old.mode], `${old.mode} → ${plugin.mode}`))
    if (old.percent !== plugin.percent && old.mode === plugin.mode)
      changes.push(
        change(plugin.percent < old.percent, `${plugin.mode} for ${old.percent} % → ${plugin.percent} %`),
      )
    return [...changes, ...exceptionChanges(old, plugin).map(({ weaker, what }) => change(weaker, what))]
  })
}

function exceptionChanges(
  before: RoutePluginInfo,
  after: RoutePluginInfo,
): { readonly weaker: boolean; readonly what: string }[] {
  const callers = [...new Set([...Object.keys(before.except), ...Object.keys(after.except)])].sort()
  return callers.flatMap((caller) => {
    const [was, is] = [before.except[caller] ?? before.mode, after.except[caller] ?? after.mode]
    if (was === is || before.except[caller] === after.except[caller]) return []
    return [{ weaker: STRENGTH[is] < STRENGTH[was], what: `${was} → ${is} for ${caller}` }]
  })
}
