import { setTimeout as sleep } from 'node:timers/promises'
import { definePlugin } from '../../../src/index.ts'

/** Asks its backend again and again, whatever the reason was that it got no answer. */
export const swallowsAborts = definePlugin({
  name: 'bad-swallows-aborts',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(async ({ signal }) => {
        for (let attempt = 0; attempt < 5; attempt++) {
          try {
            await sleep(5, undefined, { signal })
            return
          } catch {
            await sleep(500, undefined, { ref: false })
          }
        }
      }),
    )
  },
})
