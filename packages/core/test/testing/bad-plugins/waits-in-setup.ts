import { setTimeout as sleep } from 'node:timers/promises'
import { definePlugin, type PluginHandle } from '../../../src/index.ts'

/** Fetches its keys before it taps anything. */
export const waitsInSetup = definePlugin({
  name: 'bad-waits-in-setup',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    const start = async (): Promise<void> => {
      await sleep(1)
    }
    hooks.onRequest.tap(() => {})
    return start() as PluginHandle
  },
})
