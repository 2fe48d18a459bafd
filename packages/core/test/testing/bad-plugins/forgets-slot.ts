import { definePlugin, defineSlot } from '../../../src/index.ts'

/** Provides a slot and never fills it. */
export const forgetsSlot = definePlugin({
  name: 'bad-forgets-slot',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  provides: [defineSlot<string>('bad-forgotten', '1.0')],
  setup({ hooks }) {
    hooks.onRequest.tap(() => {})
  },
})
