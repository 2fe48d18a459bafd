import type { Exchange } from '../../exchange.ts'
import type { AnySlot } from '../../slots.ts'
import { wrapPlugin } from '../wrap-plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

/** Slots are what plugins know of each other: what is declared decides their order, so what is done must be declared. */
export function slotChecks({ start, pass }: ConformanceSetup): ConformanceCheck[] {
  return [
    {
      area: 'contract',
      name: 'fills the slots that it provides, and touches no slot that it does not declare',
      async run() {
        const seen: SlotUse[] = []
        let provides: readonly AnySlot[] = []
        let requires: readonly AnySlot[] = []
        let reads: readonly AnySlot[] = []
        await using test = await start({
          change: (plugin) => {
            provides = plugin.definition.provides ?? []
            requires = plugin.definition.requires ?? []
            reads = plugin.definition.reads ?? []
            return wrapPlugin(plugin, { around: watchSlots(seen) })
          },
        })
        await pass(test)
        await test.finished(1)
        for (const { hook, how, slot } of seen) {
          const readable = [...provides, ...requires, ...(hook === 'onFinish' ? reads : [])]
          const declared = how === 'set' ? provides : readable
          expect(
            declared.some(({ name }) => name === slot),
            how === 'set'
              ? `It fills the slot "${slot}" in ${hook}, but does not provide it: add it to \`provides\``
              : `It reads the slot "${slot}" in ${hook}, but does not require it, so that its provider may run later: ` +
                  'add it to `requires`',
          )
        }
        for (const { name } of provides) {
          expect(
            seen.some(({ how, slot }) => how === 'set' && slot === name),
            `It provides the slot "${name}", but did not fill it for a request that it lets through: call ` +
              'exchange.set, or take it out of `provides`',
          )
        }
      },
    },
  ]
}

interface SlotUse {
  readonly hook: string
  readonly how: 'get' | 'set'
  readonly slot: string
}

/** Gives the plugin a view of each exchange that writes down which slots it touches, also while it waits. */
function watchSlots(seen: SlotUse[]) {
  let hook = ''
  const views = new WeakMap<object, object>()
  const view = (exchange: Exchange): object =>
    new Proxy(exchange, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          if (key === 'get' || key === 'set') seen.push({ hook, how: key, slot: (args[0] as AnySlot).name })
          return Reflect.apply(value, target, args)
        }
      },
      set: (target, key, value) => Reflect.set(target, key, value, target),
    })
  return (where: string, call: (subject: unknown) => unknown, subject: unknown): unknown => {
    if (where === 'setup' || where === 'onRoute' || where === 'close') return call(subject)
    hook = where
    const exchange = subject as Exchange
    // One view for each exchange: a plugin may know exchanges by identity.
    if (!views.has(exchange)) views.set(exchange, view(exchange))
    return call(views.get(exchange))
  }
}
