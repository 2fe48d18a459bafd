import { describe, expect, it } from 'vitest'
import { parseRoutePath } from '../../src/table/route-path.ts'

describe('the path of a route', () => {
  it.each([
    ['/', '/'],
    ['/orders', '/orders'],
    ['/orders/', '/orders/'],
    ['/%6frders', '/orders'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%2fb', '/a%2Fb'],
    ["/a;v=1/!$&'()*+,;=:@-._~[x]", "/a;v=1/!$&'()*+,;=:@-._~[x]"],
  ])('%s stands for %s, as in the paths of requests', (given, path) => {
    expect(parseRoutePath(given)).toEqual({ path })
  })

  it.each([
    ['orders', 'does not start'],
    ['', 'does not start'],
    ['/a?b', 'query'],
    ['/a#b', 'fragment'],
    ['/café', 'percent-encoded'],
    ['/a b', 'percent-encoded'],
    ['/a\\b', 'backslash'],
    ['/a%zz', 'encodes nothing'],
    ['/a%00', 'control'],
    ['/a%0a', 'control'],
    ['/a/../b', 'dot segment'],
    ['/a/%2e%2e/b', 'dot segment'],
    ['/./a', 'dot segment'],
    ['/a//b', 'empty segment'],
    ['//a', 'empty segment'],
  ])('%s is refused: %s', (given, problem) => {
    expect(parseRoutePath(given)).toEqual({ problem: expect.stringContaining(problem) as string })
  })
})
