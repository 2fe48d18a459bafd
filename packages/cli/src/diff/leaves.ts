/** Options as a set of leaves by path: the order in which they were written is no part of it. */
import { HIDDEN } from '../explain/redact.ts'

/** A value by its path: `services.orders.health.active.path`, in the order of the paths. */
export type Leaves = ReadonlyMap<string, Leaf>

/** A value. */
export interface Leaf {
  /** Tells it from another one. */
  readonly identity: string
  /** What may be shown of it. */
  readonly shown: string
}

/** One difference. */
export interface LeafChange {
  readonly path: string
  /** `undefined` where it is new. */
  readonly from: string | undefined
  /** `undefined` where it is gone. */
  readonly to: string | undefined
}

/** What names an entry of a list, in this order. */
const NAMES = ['id', 'name', 'issuer', 'url', 'use', 'hash', 'file']
/** Names of what may be secret whatever it is. */
const SECRET = /secret|password|passphrase|token$|privateKey|^key$|^keys|hash|value$|^set$|^add$/i

/** A longer text is a certificate or the like. */
const MAX_SHOWN = 200

/** Takes options apart. What could be a secret is told apart and not shown. */
export function leavesOf(value: unknown): Leaves {
  const leaves = new Map<string, Leaf>()
  collect(value, '', false, leaves)
  return leaves
}

/** What differs. */
export function changedLeaves(before: Leaves, after: Leaves): LeafChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths.flatMap((path) => {
    const [a, b] = [before.get(path), after.get(path)]
    return a?.identity === b?.identity ? [] : [{ path, from: a?.shown, to: b?.shown }]
  })
}

/** One line for a difference. */
export function leafText({ path, from, to }: LeafChange): string {
  if (from === undefined) return `${path}: ${to} is new`
  if (to === undefined) return `${path}: ${from} is gone`
  return from === HIDDEN || to === HIDDEN ? `${path} changes` : `${path}: ${from} → ${to}`
}

function collect(value: unknown, path: string, isSecret: boolean, leaves: Map<string, Leaf>): void {
  if (value === undefined) return
  if (Array.isArray(value)) collectList(value, path, isSecret, leaves)
  else if (isPlain(value)) {
    for (const [key, inner] of Object.entries(value))
      collect(inner, path === '' ? key : `${path}.${key}`, isSecret || SECRET.test(key), leaves)
  } else leaves.set(path, { identity: identityOf(value), shown: shownOf(value, isSecret) })
}

/** A list of names or values is a set; one of objects is known by what names them. */
function collectList(
  list: readonly unknown[],
  path: string,
  isSecret: boolean,
  leaves: Map<string, Leaf>,
): void {
  if (!list.some(isPlain)) {
    const items = [...new Set(list.map(identityOf))].sort()
    if (items.length === 0) return
    const shown = isSecret ? HIDDEN : [...new Set(list.map((one) => shownOf(one, false)))].sort().join(', ')
    leaves.set(path, { identity: items.join('\n'), shown })
    return
  }
  const names = list.map((item, index) => nameOf(item) ?? String(index))
  const areUnique = new Set(names).size === names.length
  for (const [index, item] of list.entries()) {
    const name = areUnique ? (names[index] as string) : String(index)
    collect(item, `${path}[${isSecret ? index : name}]`, isSecret, leaves)
  }
}

function nameOf(item: unknown): string | undefined {
  if (!isPlain(item)) return undefined
  const key = NAMES.find((name) => typeof item[name] === 'string')
  return key === undefined ? undefined : String(item[key])
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function identityOf(value: unknown): string {
  if (typeof value === 'function') return `function ${value.toString()}`
  // An object of a class, in a module: what is in it is its own matter.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value.constructor.name
  return typeof value === 'bigint' ? `${value}n` : `${typeof value} ${JSON.stringify(value) ?? String(value)}`
}

function shownOf(value: unknown, isSecret: boolean): string {
  if (typeof value === 'boolean' || value === null) return String(value)
  if (isSecret) return HIDDEN
  if (typeof value === 'number') return String(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'string') return value.length > MAX_SHOWN || value.includes('\n') ? HIDDEN : value
  return JSON.stringify(value) ?? typeof value
}
