/** What a new configuration changes, by what it does to callers. */

/**
 * `opens`: somebody gets in who did not before. `refuses`: somebody is refused who was not. `moves`: another upstream, or another
 * request to it. `limits`: other times, limits or repeats. `listens`: another address, or another face to clients. `behaves`: the rest.
 */
export type ChangeKind = 'opens' | 'refuses' | 'moves' | 'limits' | 'listens' | 'behaves'

/** In the order in which they are told. */
const CHANGE_KINDS: readonly ChangeKind[] = ['opens', 'refuses', 'moves', 'limits', 'listens', 'behaves']

/** One change. */
export interface Change {
  readonly kind: ChangeKind
  /** `route`, `service`, `plugin` or `gateway`. */
  readonly of: 'route' | 'service' | 'plugin' | 'gateway'
  /** Names of what changes so: several routes may change in the same way. */
  readonly names: readonly string[]
  /** In words. No secret is in it. */
  readonly what: string
}

/** One change of one thing, before equal ones are put together. */
export type SingleChange = Omit<Change, 'names'> & { readonly name: string }

/** Equal changes of several things are one. */
export function grouped(changes: readonly SingleChange[]): Change[] {
  const groups = Map.groupBy(changes, ({ kind, of, what }) =>
    JSON.stringify([CHANGE_KINDS.indexOf(kind), of, what]),
  )
  return [...groups.values()]
    .map((same) => {
      const { kind, of, what } = same[0] as SingleChange
      return { kind, of, what, names: same.map(({ name }) => name).filter((name) => name !== '') }
    })
    .toSorted((a, b) => CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind))
}
