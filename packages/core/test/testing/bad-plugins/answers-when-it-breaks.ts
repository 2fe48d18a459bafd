import { definePlugin, getHeader } from '../../../src/index.ts'

/** Answers 200 in the name of the service when its check breaks. */
export const answersWhenItBreaks = definePlugin({
  name: 'bad-answers-when-it-breaks',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) => {
        try {
          return getHeader(requestHeaders, 'x-banned') === undefined ? undefined : { status: 403 }
        } catch {
          return { status: 200, body: 'We will be right back' }
        }
      }),
    )
  },
})
