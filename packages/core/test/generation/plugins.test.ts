import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  createGateway,
  definePlugin,
  defineSlot,
  type GatewayOptions,
  isGatewayError,
  type PluginInstance,
} from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { plugin, thrownBy } from '../support.ts'

const quiet: GatewayOptions = { logger: false }

function refusal(plugins: readonly unknown[], options: GatewayOptions = quiet) {
  const error = thrownBy(() => createGateway(plugins as readonly PluginInstance[], { ...quiet, ...options }))
  if (!isGatewayError(error)) throw new Error(`Expected a GatewayError, got ${String(error)}`)
  return { code: error.code, message: error.message }
}

describe('createGateway refuses, saying what was found, what is needed and the fix', () => {
  test('what is no plugin instance', () => {
    const factory = definePlugin({
      name: 'uncalled',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      setup() {},
    })
    expect(refusal([factory])).toEqual({
      code: 'GW_PLUGIN_INVALID',
      message: 'Plugin at index 0 is not a plugin instance: call it first, as in createGateway([plugin()])',
    })
    expect(refusal([{}]).code).toBe('GW_PLUGIN_INVALID')
  })

  test('a definition that lacks something, naming the field', () => {
    const whole = { name: 'x', version: '1.0.0', api: '1.0', fault: 'guard', setup() {} } as const
    const broken = (part: object) => definePlugin({ ...whole, ...part })()
    expect(refusal([broken({ name: 'Not A Name' })]).message).toContain('has the name "Not A Name"')
    expect(refusal([broken({ version: 'one' })]).message).toBe(
      'Plugin "x" has the version "one". It must be of the form 1.2.3',
    )
    expect(refusal([broken({ api: 'newest' })]).message).toContain('has the api "newest"')
    expect(refusal([broken({ fault: 'open' })]).message).toContain('has the fault class "open"')
    expect(refusal([broken({ setup: undefined })]).message).toBe('Plugin "x" has no setup function')
  })

  test('a plugin for another major of the hook API, naming the version that is needed', () => {
    expect(refusal([plugin('future', () => {}, { api: '2.0' })])).toEqual({
      code: 'GW_PLUGIN_API_MISMATCH',
      message: 'future 1.0.0 was built for hook API 2.0; this core offers 1.0. Update @postern/core',
    })
    expect(refusal([plugin('newer', () => {}, { api: '1.7' })]).message).toContain('Update @postern/core')
  })

  test('a plugin for the major before runs', async () => {
    const gateway = createGateway([plugin('older', () => {}, { api: '0.9' })], quiet)
    await gateway.close()
  })

  test('two plugins of one name', () => {
    expect(refusal([plugin('twin', () => {}), plugin('twin', () => {})]).message).toBe(
      'twin is there twice. Remove one',
    )
    expect(refusal([plugin('@a/plugin-auth', () => {}), plugin('@b/auth', () => {})]).message).toContain(
      'both called "auth"',
    )
  })

  test('a bad option of a plugin, with its path', () => {
    const strict = definePlugin({
      name: 'strict',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      options: v.strictObject({ limits: v.strictObject({ perSecond: v.number() }) }),
      setup() {},
    })
    const { code, message } = refusal([strict({ limits: { perSecond: 'many' } as never })])
    expect(code).toBe('GW_PLUGIN_OPTIONS_INVALID')
    expect(message).toContain('options of strict')
    expect(message).toContain('limits.perSecond: ')
    expect(refusal([strict({ limits: { perSecnd: 3 } as never })]).message).toContain(
      'Did you mean "perSecond"?',
    )
  })

  test('a bad option of the gateway, with a suggestion', () => {
    expect(refusal([], { timeoutz: {} } as GatewayOptions)).toEqual({
      code: 'GW_OPTIONS_INVALID',
      message:
        'There is a mistake in the gateway options:\n  timeoutz: unknown key. Did you mean "timeouts"?',
    })
    expect(refusal([], { timeouts: { totalMs: -1 } }).message).toContain('timeouts.totalMs: ')
    expect(refusal([], { upstream: 'ftp://host' }).message).toContain('neither http nor https')
    expect(refusal([], { upstream: 'http://user:secret@host' }).message).not.toContain('secret')
    expect(refusal([], { trustedProxies: ['10.0.0.0/99'] }).message).toContain('10.0.0.0/99')
  })

  test('a set-up that throws, and closes what was set up before', async () => {
    let closed = 0
    const first = plugin('first', () => ({ close: () => void closed++ }))
    const second = plugin('second', () => {
      throw new Error('no database')
    })
    expect(refusal([first, second])).toEqual({
      code: 'GW_PLUGIN_SETUP_FAILED',
      message: 'second failed in setup: no database',
    })
    await until(() => closed === 1, 'the first plugin to be closed')
  })

  test('a route tap that throws while routes are compiled', () => {
    const broken = plugin('broken', ({ hooks }) => {
      hooks.onRoute.tap(() => {
        throw new Error('bad route')
      })
    })
    expect(refusal([broken])).toEqual({
      code: 'GW_PLUGIN_SETUP_FAILED',
      message: 'broken failed while route "default" was compiled: bad route',
    })
  })

  test('a route that names a plugin which is not there: the route would stand open', () => {
    const { code, message } = refusal([plugin('@postern/plugin-auth', () => {})], {
      route: { plugins: { oauth: 'enforce' } },
    })
    expect(code).toBe('GW_PLUGIN_UNKNOWN')
    expect(message).toContain('Did you mean "auth"?')
  })

  test('route options for a plugin that takes none, and bad ones for a plugin that does', () => {
    expect(
      refusal([plugin('plain', () => {})], { route: { plugins: { plain: { scopes: [] } } } }).message,
    ).toContain('takes no options on a route')
    const scoped = definePlugin({
      name: 'scoped',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      routeOptions: v.strictObject({ scopes: v.optional(v.array(v.string()), []) }),
      setup() {},
    })
    expect(refusal([scoped()], { route: { plugins: { scoped: { scopes: 'all' } } } }).message).toContain(
      'on route "default"',
    )
  })

  test('a tap after set-up', async () => {
    let late: (() => void) | undefined
    const gateway = createGateway(
      [
        plugin('late', ({ hooks }) => {
          late = () => hooks.onRequest.tap(() => {})
        }),
      ],
      quiet,
    )
    expect(thrownBy(() => late?.())).toMatchObject({ code: 'GW_PLUGIN_TAPPED_LATE' })
    await gateway.close()
  })
})

describe('order follows from slots', () => {
  const a = defineSlot<number>('order-a', '1.1')
  const b = defineSlot<number>('order-b', '1.0')

  test('a provider runs before its requirers, otherwise as given', async () => {
    const order: string[] = []
    const named = (name: string, parts: Parameters<typeof plugin>[2]) =>
      plugin(name, () => void order.push(name), parts)
    const gateway = createGateway(
      [
        named('needs-b', { requires: [b] }),
        named('free', {}),
        named('needs-a-gives-b', { requires: [a], provides: [b] }),
        named('gives-a', { provides: [a] }),
      ] as readonly PluginInstance[],
      quiet,
    )
    expect(order).toEqual(['gives-a', 'needs-a-gives-b', 'needs-b', 'free'])
    expect(gateway.plugins().map(({ name }) => name)).toEqual(order)
    await gateway.close()
  })

  test('a missing provider, a second provider, another version and a circle are start errors', () => {
    expect(refusal([plugin('reader', () => {}, { requires: [a] })])).toEqual({
      code: 'GW_SLOT_UNPROVIDED',
      message:
        'reader requires the slot "order-a" 1.1, which no plugin provides (provided: none). Add a plugin that provides it',
    })
    expect(
      refusal([plugin('p1', () => {}, { provides: [a] }), plugin('p2', () => {}, { provides: [a] })]).code,
    ).toBe('GW_SLOT_CONFLICT')
    const older = defineSlot<number>('order-a', '1.0')
    expect(
      refusal([plugin('old', () => {}, { provides: [older] }), plugin('new', () => {}, { requires: [a] })])
        .code,
    ).toBe('GW_SLOT_CONFLICT')
    expect(
      refusal([
        plugin('x', () => {}, { provides: [a], requires: [b] }),
        plugin('y', () => {}, { provides: [b], requires: [a] }),
      ]).message,
    ).toBe('Plugins require each other in a circle: x → y → x')
  })
})
