import { createGateway, type GatewayOptions } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { type AuthRouteOptions, auth, getPrincipal } from '../../src/index.ts'
import { optionsFor } from '../support/options.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import { HOSTS } from './hosts.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const bearer = async (claims = {}) => ({ authorization: `Bearer ${await issuer.sign({ claims })}` })

function guard(route: AuthRouteOptions = {}, mode: 'observe' | 'shadow' | 'enforce' = 'enforce') {
  const options: GatewayOptions = { logger: false, route: { plugins: { auth: { ...route } } } }
  const gateway = createGateway(
    [auth({ ...optionsFor(issuer), identityHeaders: { subject: 'x-caller' } }, { mode })],
    options,
  )
  return Object.assign(gateway, { [Symbol.asyncDispose]: () => gateway.close() })
}

describe.each(Object.keys(HOSTS))('in a host of %s', (name) => {
  const start = HOSTS[name] as (typeof HOSTS)[string]

  it('the handler knows who calls, whatever the client claims', async () => {
    await using gateway = guard()
    await using host = await start(gateway)
    const forged = { 'x-caller': 'admin', 'x-principal': 'admin', raw: 'admin', principal: 'admin' }
    const response = await fetch(`${host.url}/orders`, { headers: { ...(await bearer()), ...forged } })
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({
      id: 'svc-orders',
      kind: 'service',
      scopes: ['orders.read', 'orders.write'],
      header: 'svc-orders',
    })
  })

  it('a refusal is the answer, and the handler does not run', async () => {
    await using gateway = guard({ scopes: ['orders.delete'] })
    await using host = await start(gateway)
    const missing = await fetch(`${host.url}/orders`)
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await missing.json()).toMatchObject({ code: 'GW_AUTH_TOKEN_MISSING' })
    const forbidden = await fetch(`${host.url}/orders`, { headers: await bearer() })
    expect(forbidden.status).toBe(403)
    expect(forbidden.headers.get('content-type')).toBe('application/problem+json')
    expect(await forbidden.json()).toMatchObject({ code: 'GW_AUTH_SCOPE_MISSING' })
  })

  it('nobody calls where nobody is asked, and no client can be somebody', async () => {
    for (const route of [{ access: 'public' }, { anonymous: true }] satisfies AuthRouteOptions[]) {
      await using gateway = guard(route)
      await using host = await start(gateway)
      const response = await fetch(`${host.url}/orders`, { headers: { 'x-caller': 'admin' } })
      expect([response.status, await response.json()]).toEqual([200, {}])
    }
  })

  it('requests of one connection are not mixed up', async () => {
    await using gateway = guard({ anonymous: true })
    await using host = await start(gateway)
    const ids: unknown[] = []
    for (const headers of [await bearer({ sub: 'a' }), {}, await bearer({ sub: 'b' }), {}]) {
      const response = await fetch(`${host.url}/orders`, { headers, keepalive: true })
      ids.push(((await response.json()) as { readonly id?: string }).id)
    }
    expect(ids).toEqual(['a', undefined, 'b', undefined])
  })

  it('a body reaches the handler after a guard that had to wait', async () => {
    await using gateway = guard()
    await using host = await start(gateway)
    const headers = { ...(await bearer({ sub: 'svc-new' })), 'content-type': 'application/json' }
    const response = await fetch(`${host.url}/orders`, { method: 'POST', headers, body: '{"a":1}' })
    expect(await response.json()).toMatchObject({ id: 'svc-new' })
  })

  it('in shadow it knows those who proved it and lets all pass, in observe it knows nobody', async () => {
    for (const [mode, id] of [
      ['shadow', 'svc-orders'],
      ['observe', undefined],
    ] as const) {
      await using gateway = guard({ scopes: ['missing'] }, mode)
      await using host = await start(gateway)
      if (mode === 'shadow') await expect.poll(() => gateway.readiness().ready).toBe(true)
      expect(await (await fetch(`${host.url}/orders`)).json()).toEqual({})
      const known = await fetch(`${host.url}/orders`, { headers: await bearer() })
      expect(((await known.json()) as { readonly id?: string }).id).toBe(id)
    }
  })
})

describe('getPrincipal', () => {
  it('knows nothing of what did not come through the gateway', () => {
    expect(getPrincipal({})).toBeUndefined()
    expect(getPrincipal({ raw: undefined })).toBeUndefined()
    expect(getPrincipal({ raw: { principal: { id: 'admin' } } })).toBeUndefined()
  })

  it('is typed', () => {
    expectTypeOf(getPrincipal).returns.toEqualTypeOf<Principal | undefined>()
  })
})
