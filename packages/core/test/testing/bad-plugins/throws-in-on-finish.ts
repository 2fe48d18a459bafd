import { definePlugin, type Route } from '../../../src/index.ts'

/** Logs the route of every exchange, also of those that have none. */
export const throwsInOnFinish = definePlugin({
  name: 'bad-throws-in-on-finish',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onFinish.tap((exchange) => {
      const { id } = exchange.route as Route
      if (id === '') throw new Error('A route without an id')
    })
  },
})
