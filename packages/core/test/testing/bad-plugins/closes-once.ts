import { definePlugin } from '../../../src/index.ts'

/** Minds being closed twice. */
export const closesOnce = definePlugin({
  name: 'bad-closes-once',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    let timer: NodeJS.Timeout | null = setInterval(() => {}, 1_000)
    hooks.onRequest.tap(() => {})
    return {
      close() {
        if (timer === null) throw new Error('Already closed')
        clearInterval(timer)
        timer = null
      },
    }
  },
})
