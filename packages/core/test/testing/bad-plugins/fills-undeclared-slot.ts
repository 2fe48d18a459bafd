import { definePlugin, defineSlot } from '../../../src/index.ts'

const tenant = defineSlot<string>('bad-undeclared', '1.0')

/** Fills a slot that it does not say it provides. */
export const fillsUndeclaredSlot = definePlugin({
  name: 'bad-fills-undeclared-slot',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  setup({ hooks }) {
    hooks.onRequest.tap((exchange) => exchange.set(tenant, 'acme'))
  },
})
