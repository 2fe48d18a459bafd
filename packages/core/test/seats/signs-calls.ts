import { definePlugin, getHeader, setHeader } from '../../src/index.ts'

/** Signs what leaves, marks what comes back, and refuses what asks for it with `x-deny`. */
export const signsCalls = definePlugin({
  name: 'signs-calls',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap((exchange) =>
        getHeader(exchange.requestHeaders, 'x-deny') ? { status: 403, body: 'denied' } : undefined,
      )
      hooks.mapUpstreamRequest.tap((exchange) =>
        setHeader(exchange.upstreamRequestHeaders, 'x-signed', 'yes'),
      )
      hooks.mapResponse.tap((exchange) => setHeader(exchange.responseHeaders, 'x-mapped', 'yes'))
    })
  },
})
