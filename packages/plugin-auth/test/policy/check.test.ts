import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CallerCheck } from '../../src/index.ts'
import { ask, routeGateway } from '../support/route-gateway.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const asked = async (check: CallerCheck, claims = {}) => {
  await using test = await routeGateway([issuer], { check })
  const { status, code } = await ask(test, await issuer.sign({ claims }))
  return { status, code, logs: JSON.stringify(test.logs), upstream: test.upstream.requests.length }
}

const FORBIDDEN = { status: 403, code: 'GW_AUTH_CALLER_FORBIDDEN', upstream: 0 }

describe('a check in code', () => {
  it('gets the caller and the exchange, and may answer at once or later', async () => {
    const check: CallerCheck = ({ id }, { path }) => id === 'svc-orders' && path === '/orders'
    expect(await asked(check)).toMatchObject({ status: 200 })
    expect(await asked(async (...given) => check(...given))).toMatchObject({ status: 200 })
    expect(await asked(check, { sub: 'svc-other' })).toMatchObject(FORBIDDEN)
    expect(await asked(async (...given) => check(...given), { sub: 'svc-other' })).toMatchObject(FORBIDDEN)
  })

  it('gives a reason to the log, not to the client', async () => {
    const result = await asked(() => 'no calls on Sundays')
    expect(result).toMatchObject(FORBIDDEN)
    expect(result.logs).toContain("The route's check refused the caller: no calls on Sundays.")
  })

  it.each([undefined, null, 1, {}, 'true'])('lets nobody in by %j', async (answer) => {
    expect(await asked(() => answer as never)).toMatchObject(FORBIDDEN)
  })

  it('refuses when it fails: never open', async () => {
    const failing = () => {
      throw new Error('down')
    }
    const failed = { status: 503, code: 'GW_GUARD_THREW', upstream: 0 }
    expect(await asked(failing)).toMatchObject(failed)
    expect(await asked(async () => failing())).toMatchObject(failed)
  })

  it('is not asked about a caller that another rule refuses', async () => {
    let calls = 0
    await using test = await routeGateway([issuer], { scopes: ['missing'], check: () => ++calls > 0 })
    expect((await ask(test, await issuer.sign())).code).toBe('GW_AUTH_SCOPE_MISSING')
    expect((await ask(test)).status).toBe(401)
    expect(calls).toBe(0)
  })
})
