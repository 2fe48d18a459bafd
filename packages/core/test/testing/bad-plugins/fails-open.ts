import { definePlugin, getHeader } from '../../../src/index.ts'

/** Lets requests pass when its check breaks: better available than safe. */
export const failsOpen = definePlugin({
  name: 'bad-fails-open',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) => {
        try {
          return getHeader(requestHeaders, 'x-banned') === undefined ? undefined : { status: 403 }
        } catch {
          return undefined
        }
      }),
    )
  },
})
