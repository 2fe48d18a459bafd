import { definePlugin } from '../../../src/index.ts'

/** Waits on close for something that does not come. */
export const neverCloses = definePlugin({
  name: 'bad-never-closes',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onRequest.tap(() => {})
    return { close: () => new Promise<void>(() => {}) }
  },
})
