import { definePlugin } from '../../../src/index.ts'

/** Listens to the process once for each exchange. */
export const listensPerExchange = definePlugin({
  name: 'bad-listens-per-exchange',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const toggle = (): void => {}
    hooks.onRequest.tap(() => {
      process.on('SIGUSR2', toggle)
    })
    return { close: () => process.removeAllListeners('SIGUSR2') as never }
  },
})
