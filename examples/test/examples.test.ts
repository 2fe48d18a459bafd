import { createLogRecorder, pluginConformance } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { start as startAuthOnly } from '../auth-only/index.ts'
import { start as startCallerSeat } from '../caller-seat/index.ts'
import { start as startCustomHost } from '../custom-host/index.ts'
import { start as startCustomPlugin } from '../custom-plugin/index.ts'
import { team } from '../custom-plugin/plugin.ts'
import { start as startTraceInExpress } from '../trace-in-express/index.ts'
import { RunningExample } from './support/run-example.ts'

const TRACE_ID = /^[0-9a-f]{32}$/

describe('auth-only', () => {
  it('refuses without a token, and tells the service who calls with one', async () => {
    const { url, token, close } = await startAuthOnly({ logger: false })
    const refused = await fetch(url)
    expect(refused.status).toBe(401)
    await refused.arrayBuffer()
    const headers = { authorization: `Bearer ${token}`, 'x-caller': 'somebody else' }
    const passed = await fetch(url, { headers })
    expect([passed.status, await passed.text()]).toEqual([200, 'hello ada\n'])
    await close()
  })
})

describe('trace-in-express', () => {
  it('gives the handler, the client and the log one trace id', async () => {
    const { logger, lines } = createLogRecorder()
    const { url, close } = await startTraceInExpress({ logger })
    const response = await fetch(`${url}/orders/7`)
    const traceId = response.headers.get('x-trace-id') ?? ''
    const body = (await response.json()) as { id: string; traceparent: string }
    expect(traceId).toMatch(TRACE_ID)
    expect(body).toEqual({
      id: '7',
      traceparent: expect.stringMatching(`^00-${traceId}-[0-9a-f]{16}-03$`) as unknown,
    })
    await close()
    expect(lines.find(({ message }) => message === 'exchange')?.fields).toMatchObject({
      traceId,
      seat: 'callee',
      status: 200,
    })
  })

  it('continues the trace of its caller', async () => {
    const { url, close } = await startTraceInExpress({ logger: false })
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    const response = await fetch(`${url}/orders/7`, { headers })
    await response.arrayBuffer()
    expect(response.headers.get('x-trace-id')).toBe(traceId)
    await close()
  })
})

describe('custom-host', () => {
  it('guards its own part of the paths and leaves the rest to the host', async () => {
    const { logger, lines } = createLogRecorder()
    const { url, token, close } = await startCustomHost({ logger })
    const headers = { authorization: `Bearer ${token}` }

    expect(await statusOf(`${url}/elsewhere`)).toBe(404)
    expect(await statusOf(`${url}/api/orders/7`)).toBe(401)
    const passed = await fetch(`${url}/api/orders/7`, { headers })
    expect([passed.status, await passed.text()]).toEqual([200, 'orders got /7\n'])
    expect(passed.headers.get('x-trace-id')).toMatch(TRACE_ID)
    expect(await statusOf(`${url}/api/nothing`, headers)).toBe(404)
    expect(await statusOf(`${url}/ready`)).toBe(200)

    await close()
    const logged = lines.filter(({ message }) => message === 'exchange').map(({ fields }) => fields['status'])
    expect(logged).toEqual([401, 200, 404])
  })

  it('is not ready, and refuses, while the keys cannot be fetched', async () => {
    const { url, token, close } = await startCustomHost({ logger: false }, '/nowhere')
    expect(await statusOf(`${url}/ready`)).toBe(503)
    expect(await statusOf(`${url}/api/orders/7`, { authorization: `Bearer ${token}` })).toBe(503)
    await close()
  })
})

describe('caller-seat', () => {
  it('calls a service by its name, in a trace', async () => {
    const { logger, lines } = createLogRecorder()
    const { call, close } = await startCallerSeat({ logger })
    const response = await call('/7')
    const traceId = response.headers.get('x-trace-id') ?? ''
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      path: '/7',
      traceparent: expect.stringContaining(traceId) as unknown,
    })
    await close()
    expect(lines.at(-1)?.fields).toMatchObject({
      traceId,
      seat: 'caller',
      route: 'orders',
      service: 'orders',
    })
  })
})

describe('custom-plugin', () => {
  it('refuses with a code of its own', async () => {
    const { url, close } = await startCustomPlugin({}, { logger: false })
    const refused = await fetch(url)
    expect(refused.status).toBe(400)
    expect(await refused.json()).toMatchObject({ code: 'GW_TEAM_MISSING', title: 'Send x-team.' })
    expect(await statusOf(url, { 'x-team': 'checkout' })).toBe(200)
    await close()
  })

  it('only records in shadow', async () => {
    const { url, close } = await startCustomPlugin({ mode: 'shadow' }, { logger: false })
    expect(await statusOf(url)).toBe(200)
    await close()
  })

  const checks = pluginConformance(() => team(), { headers: () => ({ 'x-team': 'checkout' }) })
  for (const check of checks) it(check.name, check.run)
})

describe('each example runs by itself', { timeout: 60_000 }, () => {
  it('caller-seat: calls and ends', async () => {
    await using example = new RunningExample('caller-seat/index.ts')
    expect(await example.ended).toBe(0)
    expect(example.output).toMatch(/^200 [0-9a-f]{32} \{"path":"\/7"/m)
  })

  for (const [name, status] of [
    ['auth-only', 401],
    ['trace-in-express', 200],
    ['custom-host', 200],
    ['custom-plugin', 400],
  ] as const) {
    it(`${name}: prints an address that answers`, async () => {
      await using example = new RunningExample(`${name}/index.ts`)
      const [, url = ''] = await example.printed(/curl -i (http:\/\/127\.0\.0\.1:\S+)/)
      // The keys of custom-host may still be on their way.
      await expect.poll(() => statusOf(url)).toBe(status)
    })
  }
})

async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await fetch(url, { headers })
  await response.arrayBuffer()
  return response.status
}
