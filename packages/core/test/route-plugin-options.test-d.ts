import { test } from 'vitest'
import { createGateway, definePlugin, type RoutePlugins } from '../src/index.ts'

declare module '../src/index.ts' {
  interface RoutePluginOptions {
    readonly quota: { readonly perSecond?: number | undefined }
  }
}

const quota = definePlugin({ name: 'quota', version: '1.0.0', api: '1.0', fault: 'guard', setup() {} })

test('what a plugin takes on a route is checked under its name, beside modes', () => {
  createGateway([quota()], { route: { plugins: { quota: { perSecond: 5, mode: 'shadow' } } } })
  createGateway([quota()], { route: { plugins: { quota: 'off' } } })
  // @ts-expect-error a number is needed
  createGateway([quota()], { route: { plugins: { quota: { perSecond: '5' } } } })
  // @ts-expect-error no mode is called so
  createGateway([quota()], { route: { plugins: { quota: { mode: 'shadowy' } } } })
})

test('a plugin that says nothing takes anything, as its schema alone knows', () => {
  const plugins: RoutePlugins = { other: { whatever: [1] }, another: 'shadow' }
  createGateway([], { route: { plugins } })
})
