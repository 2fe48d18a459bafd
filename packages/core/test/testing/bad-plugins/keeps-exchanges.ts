import { definePlugin, type Exchange } from '../../../src/index.ts'

/** Keeps the last exchanges for a debug page, and forgets to forget. */
export const keepsExchanges = definePlugin({
  name: 'bad-keeps-exchanges',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const recent: Exchange[] = []
    hooks.onFinish.tap((exchange) => {
      recent.push(exchange)
    })
  },
})
