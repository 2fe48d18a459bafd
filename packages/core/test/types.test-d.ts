import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { type Principal, principal } from '../src/contracts.ts'
import { createGateway, definePlugin, defineSlot, type Exchange, type PluginInstance } from '../src/index.ts'

const common = { version: '1.0.0', api: '1.0', fault: 'guard' } as const
const provider = definePlugin({ name: 'provider', ...common, provides: [principal], setup() {} })
const reader = definePlugin({ name: 'reader', ...common, requires: [principal], setup() {} })
const plain = definePlugin({ name: 'plain', ...common, setup() {} })

describe('createGateway checks slots while you type', () => {
  test('accepts a list in which every required slot is provided, in any order', () => {
    createGateway([provider(), reader()])
    createGateway([reader(), plain(), provider()])
    createGateway([plain()])
    createGateway([])
  })

  test('refuses a plugin whose required slot nobody provides', () => {
    // @ts-expect-error no plugin in this list provides the slot "principal"
    createGateway([reader()])
    // @ts-expect-error no plugin in this list provides the slot "principal"
    createGateway([plain(), reader()])
  })

  test('tells slots apart by name, not by the shape of their value', () => {
    const other = defineSlot<Principal, 'other-principal'>('other-principal', '1.0')
    const otherProvider = definePlugin({ name: 'other', ...common, provides: [other], setup() {} })
    // @ts-expect-error "other-principal" is not "principal"
    createGateway([otherProvider(), reader()])
  })

  test('leaves a list that was put together at run time to the check at start', () => {
    const list: PluginInstance[] = [reader()]
    createGateway(list)
  })
})

describe('plugin factories carry the types of their options', () => {
  const schema = v.strictObject({ limit: v.number(), name: v.optional(v.string(), 'x') })
  const limited = definePlugin({
    name: 'limited',
    ...common,
    options: schema,
    setup(_gateway, options) {
      expectTypeOf(options).toEqualTypeOf<{ limit: number; name: string }>()
    },
  })

  test('options that have required keys must be given', () => {
    limited({ limit: 1 })
    // @ts-expect-error limit is missing
    limited({})
    // @ts-expect-error options are missing
    limited()
    // @ts-expect-error limit is a number
    limited({ limit: '1' })
  })

  test('route options reach onRoute with their type', () => {
    definePlugin({
      name: 'routed',
      ...common,
      routeOptions: v.strictObject({ scopes: v.array(v.string()) }),
      setup(gateway) {
        gateway.hooks.onRoute.tap((route) => {
          expectTypeOf(route.options).toEqualTypeOf<{ scopes: string[] }>()
          expectTypeOf(route.options).not.toBeAny()
        })
      },
    })
  })
})

test('a slot gives its type back', () => {
  const exchange = {} as Exchange
  expectTypeOf(exchange.get(principal)).toEqualTypeOf<Principal | undefined>()
  // @ts-expect-error a string is no principal
  exchange.set(principal, 'me')
})
