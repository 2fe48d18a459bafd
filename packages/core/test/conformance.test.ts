import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'vitest'
import { definePlugin, getHeader, setHeader } from '../src/index.ts'
import { pluginConformance } from '../src/testing.ts'

describe('pluginConformance passes a plugin of each fault class', () => {
  const guard = definePlugin({
    name: 'good-guard',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    setup(gateway) {
      gateway.hooks.onRoute.tap((route) => {
        route.hooks.preForward.tap((exchange) =>
          getHeader(exchange.requestHeaders, 'x-key') === 'open' ? undefined : { status: 401 },
        )
      })
    },
  })
  for (const check of pluginConformance(() => guard(), { headers: () => ({ 'x-key': 'open' }) })) {
    test(`guard: ${check.name}`, check.run)
  }

  const observer = definePlugin({
    name: 'good-observer',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup(gateway) {
      gateway.hooks.onRequest.tap(() => {})
      gateway.hooks.onFinish.tap(() => {})
      gateway.hooks.onRoute.tap((route) => {
        route.hooks.onAttemptEnd.tap(() => {})
        route.hooks.mapResponse.tap((exchange) => setHeader(exchange.responseHeaders, 'x-seen', 'yes'))
      })
    },
  })
  for (const check of pluginConformance(() => observer())) test(`observer: ${check.name}`, check.run)

  const transform = definePlugin({
    name: 'good-transform',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      gateway.hooks.onRoute.tap((route) => {
        route.hooks.mapUpstreamRequest.tap((exchange) =>
          setHeader(exchange.upstreamRequestHeaders, 'x-team', 'a'),
        )
      })
    },
  })
  for (const check of pluginConformance(() => transform())) test(`transform: ${check.name}`, check.run)

  // Like a guard that computes a password's hash: a while, but not for ever.
  const slowGuard = definePlugin({
    name: 'slow-guard',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    setup(gateway) {
      gateway.hooks.onFinish.tap(() => {})
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.preForward.tap(async (exchange) => {
          if (getHeader(exchange.requestHeaders, 'x-key') !== 'open') return { status: 401 }
          await sleep(200)
          return undefined
        })
      })
    },
  })
  const faults = pluginConformance(() => slowGuard(), { headers: () => ({ 'x-key': 'open' }) })
  for (const check of faults.filter(({ area }) => area === 'faults'))
    test(`guard that takes its time: ${check.name}`, check.run)
})
