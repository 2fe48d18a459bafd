import { definePlugin } from '../../../src/index.ts'

/** Reads every answer as if it were a good one. */
export const throwsInMapResponse = definePlugin({
  name: 'bad-throws-in-map-response',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.mapResponse.tap(({ status }) => {
        if (status >= 500) throw new Error('There is no such page')
      }),
    )
  },
})
