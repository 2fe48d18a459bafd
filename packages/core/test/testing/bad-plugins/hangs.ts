import { definePlugin, getHeader } from '../../../src/index.ts'

/** Waits for a key that was not sent. */
export const hangs = definePlugin({
  name: 'bad-hangs',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) =>
        getHeader(requestHeaders, 'x-key') === 'open' ? undefined : new Promise<undefined>(() => {}),
      ),
    )
  },
})
