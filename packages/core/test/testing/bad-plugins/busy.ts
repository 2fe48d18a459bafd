import { definePlugin } from '../../../src/index.ts'

/** Does on the event loop what belongs into a worker. */
export const busy = definePlugin({
  name: 'bad-busy',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(() => {
        const until = performance.now() + 8
        while (performance.now() < until);
      }),
    )
  },
})
