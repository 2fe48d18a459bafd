import { definePlugin } from '../../../src/index.ts'

let closed = false

/** Keeps its state beside its instances: who closes one closes all. */
export const sharesState = definePlugin({
  name: 'bad-shares-state',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) => route.hooks.preForward.tap(() => (closed ? { status: 503 } : undefined)))
    return {
      close() {
        closed = true
      },
    }
  },
})
