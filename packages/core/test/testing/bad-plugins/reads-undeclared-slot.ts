import { definePlugin, defineSlot } from '../../../src/index.ts'

const tenant = defineSlot<string>('bad-unrequired', '1.0')

/** Reads a slot that it does not say it requires: whether its provider ran before is luck. */
export const readsUndeclaredSlot = definePlugin({
  name: 'bad-reads-undeclared-slot',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks, logger }) {
    let hits = 0
    hooks.onFinish.tap((exchange) => {
      if (exchange.get(tenant) === 'acme') logger.debug({ hits: ++hits }, 'Acme again')
    })
  },
})
