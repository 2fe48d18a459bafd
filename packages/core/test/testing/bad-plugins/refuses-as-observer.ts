import { definePlugin, getHeader } from '../../../src/index.ts'

/** Keeps requests out, but says that it only watches. */
export const refusesAsObserver = definePlugin({
  name: 'bad-refuses-as-observer',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) =>
        getHeader(requestHeaders, 'x-key') === 'open' ? undefined : { status: 401 },
      ),
    )
  },
})
