import { describe, expect, it } from 'vitest'
import { hostName, parseHostPattern } from '../../src/table/match-host.ts'

describe('the name in an authority', () => {
  it.each([
    ['orders', 'orders'],
    ['Orders.Shop.Internal', 'orders.shop.internal'],
    ['orders:8080', 'orders'],
    ['orders.shop.internal.', 'orders.shop.internal'],
    ['orders.shop.internal.:80', 'orders.shop.internal'],
    ['127.0.0.1:3000', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['[2001:DB8::1]:443', '[2001:db8::1]'],
    ['', ''],
    ['.', '.'],
  ])('%s is %s', (authority, name) => {
    expect(hostName(authority)).toBe(name)
  })
})

describe('a host pattern', () => {
  it.each([
    ['orders', 'exact', 'orders'],
    ['Shop.Internal', 'exact', 'shop.internal'],
    ['order_svc', 'exact', 'order_svc'],
    ['*.Shop.Internal', 'suffix', 'shop.internal'],
    ['*.internal', 'suffix', 'internal'],
    ['127.0.0.1', 'exact', '127.0.0.1'],
    ['[::1]', 'exact', '[::1]'],
  ])('%s is %s of %s', (pattern, kind, name) => {
    expect(parseHostPattern(pattern)).toEqual({ kind, name })
  })

  it.each([
    '*',
    '*.',
    'a.*',
    '*a.b',
    '*.*.b',
    'a:80',
    'http://a',
    'a/b',
    'a..b',
    '.a',
    'a.',
    '-a',
    'ä.b',
    '*.[::1]',
    'a'.repeat(254),
  ])('%s is refused', (pattern) => {
    expect(parseHostPattern(pattern)).toBeUndefined()
  })
})
