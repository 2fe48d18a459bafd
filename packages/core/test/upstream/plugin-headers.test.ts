import { expect, test } from 'vitest'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

const setting = (name: string, value: string) =>
  plugin('broken', ({ hooks }) => {
    hooks.onRoute.tap((route) => {
      route.hooks.mapUpstreamRequest.tap((exchange) => void exchange.upstreamRequestHeaders.push(name, value))
    })
  })

test.each([
  ['x-line', 'a\r\nx-forged: 1'],
  ['x bad', 'name'],
  ['transfer-encoding', 'chunked'],
  ['expect', '100-continue'],
])(
  'a plugin that sets the header %s to what cannot be sent is not the fault of the client',
  async (name, value) => {
    await using tested = await createTestGateway([setting(name, value)])
    const response = await tested.fetch('/')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      500,
      'GW_GATEWAY_INTERNAL',
    ])
    expect(tested.upstream.requests).toHaveLength(0)
  },
)
