import { definePlugin, getHeader } from '../../../src/index.ts'

/** Takes for granted a header that not every client sends. */
export const throwsInPreForward = definePlugin({
  name: 'bad-throws-in-pre-forward',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap((exchange) => {
        const claims = JSON.parse(String(getHeader(exchange.requestHeaders, 'x-claims'))) as { role: string }
        return claims.role === 'admin' ? undefined : { status: 403 }
      }),
    )
  },
})
