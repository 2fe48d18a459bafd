import { definePlugin } from '../../../src/index.ts'

/** Taps a hook when it first needs it, and ignores that it may not. */
export const tapsLate = definePlugin({
  name: 'bad-taps-late',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onRequest.tap(() => {
      try {
        hooks.onFinish.tap(() => {})
      } catch {
        // Not this time.
      }
    })
  },
})
