import { createGateway } from '@postern/core'
import { test } from 'vitest'
import { type AuthRouteOptions, auth } from '../src/index.ts'

const plugins = [
  auth({ jwt: [{ issuer: 'https://idp.internal', audience: 'gateway', algorithms: ['ES256'] }] }),
] as const

test('the settings of auth on a route are checked while you type', () => {
  const scopes: AuthRouteOptions = { scopes: ['orders.read'] }
  createGateway(plugins, { route: { plugins: { auth: { ...scopes, mode: 'shadow' } } } })
  createGateway(plugins, { route: { plugins: { auth: 'observe' } } })
  // @ts-expect-error scopes are a list
  createGateway(plugins, { route: { plugins: { auth: { scopes: 5 } } } })
})
