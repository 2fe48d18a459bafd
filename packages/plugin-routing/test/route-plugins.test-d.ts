import { createGateway, definePlugin } from '@postern/core'
import { test } from 'vitest'
import { type RouteOptions, routing } from '../src/index.ts'

declare module '@postern/core' {
  interface RoutePluginOptions {
    readonly quota: { readonly perSecond: number }
  }
}

const quota = definePlugin({ name: 'quota', version: '1.0.0', api: '1.0', fault: 'guard', setup() {} })
const services = { orders: { endpoints: ['http://127.0.0.1:4001'] } }

test('the settings of other plugins on a route are checked while you type', () => {
  const routed = (plugins: RouteOptions['plugins']) =>
    createGateway([quota(), routing({ services, routes: [{ match: {}, to: 'orders', plugins }] })])
  routed({ quota: { perSecond: 5, mode: 'shadow' } })
  routed({ quota: 'off', other: { whatever: 1 } })
  // @ts-expect-error a number is needed
  routed({ quota: { perSecond: '5' } })
  // @ts-expect-error no mode is called so
  routed({ quota: 'of' })
})
