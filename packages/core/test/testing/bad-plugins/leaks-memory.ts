import { definePlugin } from '../../../src/index.ts'

/** Remembers something of each exchange for ever. */
export const leaksMemory = definePlugin({
  name: 'bad-leaks-memory',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    const seen = new Map<string, object>()
    hooks.onRequest.tap(({ id, path, startedMs }) => {
      seen.set(id, { path, startedMs })
    })
  },
})
