import { definePlugin } from '../../../src/index.ts'

/** Marks requests where it checks them: also in shadow, and for whoever reads them after it. */
export const changesRequestHeaders = definePlugin({
  name: 'bad-changes-request-headers',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) => {
        ;(requestHeaders as string[]).push('x-checked', 'yes')
      }),
    )
  },
})
