import { definePlugin } from '../../../src/index.ts'

/** Says for ever that it is about to be ready. */
export const neverReady = definePlugin({
  name: 'bad-never-ready',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRequest.tap(() => {})
    return { ready: () => 'The keys are on their way' }
  },
})
