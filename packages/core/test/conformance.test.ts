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
})
