import { definePlugin } from '../../../src/index.ts'

/** Cleans up now and then, for ever. `unref` hides that from the process, not from its memory. */
export const leaksInterval = definePlugin({
  name: 'bad-leaks-interval',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const seen = new Set<string>()
    setInterval(() => seen.clear(), 10).unref()
    hooks.onRequest.tap(({ method }) => {
      seen.add(method)
    })
  },
})
