import { definePlugin } from '../../../src/index.ts'

/** Is never done with its housekeeping. */
export const busyTimer = definePlugin({
  name: 'bad-busy-timer',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const timer = setInterval(() => {
      const until = performance.now() + 20
      while (performance.now() < until);
    }, 5)
    hooks.onRequest.tap(() => {})
    return { close: () => clearInterval(timer) }
  },
})
