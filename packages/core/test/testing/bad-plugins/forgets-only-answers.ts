import { definePlugin, type Exchange } from '../../../src/index.ts'

/** Forgets an exchange when it sees its answer: one whose client went away has none. */
export const forgetsOnlyAnswers = definePlugin({
  name: 'bad-forgets-only-answers',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const running = new Set<Exchange>()
    hooks.onRequest.tap((exchange) => {
      running.add(exchange)
    })
    hooks.onRoute.tap((route) =>
      route.hooks.mapResponse.tap((exchange) => {
        running.delete(exchange)
      }),
    )
  },
})
