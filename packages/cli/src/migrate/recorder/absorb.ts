/** Stands for whatever a package would give that is not installed: can be called, constructed, read and awaited. */
import { UNKNOWN } from './serialise.ts'

/** A value that takes everything and says what it stands for. */
export function absorb(name: string): unknown {
  const members = new Map<PropertyKey, unknown>()
  const target = Object.assign(() => undefined, { [UNKNOWN]: name })
  return new Proxy(target, {
    get(_, key) {
      if (key === UNKNOWN || key === 'name') return name
      // Awaited, it is itself; put into a text, the text is no address that anybody could take for one.
      if (key === 'then') return undefined
      if (key === Symbol.toPrimitive) return () => `unknown-${name.replaceAll(/[^\w]+/g, '-')}`
      if (key === Symbol.iterator) return function* none() {}
      if (key === 'prototype') return target.prototype as unknown
      if (!members.has(key)) members.set(key, typeof key === 'symbol' ? undefined : absorb(`${name}.${key}`))
      return members.get(key)
    },
    set(_, key, value) {
      members.set(key, value)
      return true
    },
    has: (_, key) => key === UNKNOWN,
    apply: () => absorb(name),
    construct: () => absorb(name) as object,
  })
}
