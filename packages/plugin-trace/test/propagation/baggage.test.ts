import { createUpstream } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { checkBaggage } from '../../src/propagation/baggage.ts'
import { send, startGateway } from '../_support/harness.ts'

const members = (count: number, value = 'v') =>
  Array.from({ length: count }, (_, i) => `k${i}=${value}`).join(',')

describe('baggage', () => {
  it.each(['userId=alice', 'a = b ; p ; q=1 , c=', 'k=%20%C3%A9', members(180)])(
    'goes on as it came: %s',
    (value) => {
      expect(checkBaggage(value)).toBe(value)
    },
  )

  it.each([
    ['members that cannot be read', 'a=1,b,c="x",d=2', 'a=1,d=2'],
    ['members above 180', members(181), members(180)],
    ['all', 'no baggage', undefined],
    ['an empty one', '', undefined],
  ])('loses %s', (_, value, expected) => {
    expect(checkBaggage(value)).toBe(expected)
  })

  it('goes on up to 8192 bytes, whole members only', () => {
    const exact = `a=${'x'.repeat(4_000)},b=${'y'.repeat(4_187)}`
    expect(exact).toHaveLength(8_192)
    expect(checkBaggage(exact)).toBe(exact)
    expect(checkBaggage(`${exact}y`)).toBe(`a=${'x'.repeat(4_000)}`)
    // A small one behind a large one still fits.
    expect(checkBaggage(`${exact}y,c=1`)).toBe(`a=${'x'.repeat(4_000)},c=1`)
  })

  it('of several lines becomes one when it must be cut, and is dropped where it is switched off', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['baggage', 'a=1,?', 'Baggage', 'b=2'])
    expect(upstream.requests[0]?.headers['baggage']).toBe('a=1,b=2')
    await using without = await startGateway([trace({ propagation: { baggage: false } })], {
      upstream: upstream.url,
    })
    await send(without.url, ['baggage', 'a=1'])
    expect(upstream.requests[1]?.headers['baggage']).toBeUndefined()
  })
})
