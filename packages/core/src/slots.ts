/**
 * Slots: typed places on the exchange that one plugin provides and others require.
 *
 * A slot is known by its name in the whole process, so that two installed copies of one contract mean the same place;
 * its index is fixed at definition, so a read on the exchange is an array read.
 */

/** A typed place on the exchange. Made by `defineSlot`. */
export interface Slot<TValue, TName extends string = string> {
  /** Name of the slot, the same in every package that shares it. */
  readonly name: TName
  /** `major.minor` of the contract. A requirer is served by a provider of the same major and an equal or higher minor. */
  readonly version: string
  /** Place in the exchange's slot array. */
  readonly index: number
  /** Carries the type only; never present at run time. */
  readonly valueType?: TValue
}

/** Any slot, whatever it holds. */
export type AnySlot = Slot<unknown>

const REGISTRY = Symbol.for('@postern/core/slots')
const shared = globalThis as { [REGISTRY]?: Map<string, number> }
shared[REGISTRY] ??= new Map()
const registry: Map<string, number> = shared[REGISTRY]

/**
 * Defines a slot. Give the name as a second type argument to have TypeScript tell slots apart by name rather than by
 * the shape of their value.
 *
 * @example
 * const principal = defineSlot<Principal, 'principal'>('principal', '1.0')
 * @throws {TypeError} when the version is not `major.minor`.
 */
export function defineSlot<TValue, TName extends string = string>(
  name: TName,
  version: string,
): Slot<TValue, TName> {
  if (!/^\d+\.\d+$/.test(version))
    throw new TypeError(`Slot "${name}" needs a version of the form "1.0", got "${version}".`)
  let index = registry.get(name)
  if (index === undefined) {
    index = registry.size
    registry.set(name, index)
  }
  return Object.freeze({ name, version, index })
}

/** Whether a provider's slot serves a requirer's: same name and major, minor at least as high. */
export function slotServes(provided: AnySlot, required: AnySlot): boolean {
  const [providedMajor, providedMinor] = provided.version.split('.').map(Number)
  const [requiredMajor, requiredMinor] = required.version.split('.').map(Number)
  return (
    provided.name === required.name &&
    providedMajor === requiredMajor &&
    Number(providedMinor) >= Number(requiredMinor)
  )
}
