import { definePlugin } from '../../../src/index.ts'

/** Listens to the process, and never stops. */
export const leaksListener = definePlugin({
  name: 'bad-leaks-listener',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    let verbose = false
    process.on('SIGUSR2', () => {
      verbose = !verbose
    })
    hooks.onRequest.tap(() => {})
  },
})
