import { definePlugin } from '../../../src/index.ts'

/** Asks for the status of an attempt that got none. */
export const throwsInPickRetry = definePlugin({
  name: 'bad-throws-in-pick-retry',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.pickRetry.tap(({ attempt }) => {
        if (attempt?.status === 0) throw new RangeError('Status 0')
        return 100
      }),
    )
  },
})
