import { definePlugin } from '../../../src/index.ts'

/** Starts a timer for each exchange that outlives it, and the gateway. */
export const leaksTimer = definePlugin({
  name: 'bad-leaks-timer',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onRequest.tap((exchange) => {
      setTimeout(() => exchange.finishedMs, 60_000)
    })
  },
})
