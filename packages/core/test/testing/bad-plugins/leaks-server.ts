import { createServer } from 'node:net'
import { definePlugin } from '../../../src/index.ts'

/** Opens a port for its metrics, and never closes it. */
export const leaksServer = definePlugin({
  name: 'bad-leaks-server',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    let exchanges = 0
    createServer((socket) => socket.end(String(exchanges))).listen(0, '127.0.0.1')
    hooks.onFinish.tap(() => {
      exchanges++
    })
  },
})
