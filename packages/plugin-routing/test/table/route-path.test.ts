import { describe, expect, it } from 'vitest'
import {
  describePath,
  parseExactPath,
  parsePathPattern,
  parsePrefix,
  parseRoutePath,
} from '../../src/table/route-path.ts'

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

describe('a path with parameters', () => {
  it.each([
    ['/orders/{id}', ['orders', null], true, ['id 1']],
    ['/{a}/x/{b_2}/', [null, 'x', null, ''], true, ['a 0', 'b_2 2']],
    ['/%6frders/{id}', ['orders', null], true, ['id 1']],
    ['/files/{path*}', ['files'], false, ['path 1 rest']],
    ['/{__proto__}/{rest*}', [null], false, ['__proto__ 0', 'rest 1 rest']],
    ['/{all*}', [], false, ['all 0 rest']],
  ])('%s is read', (given, segments, whole, parameters) => {
    const parsed = parsePathPattern(given)
    if ('problem' in parsed) throw new Error(parsed.problem)
    expect(parsed).toMatchObject({ segments, whole })
    const words = parsed.parameters.map(
      ({ name, segment, rest }) => `${name} ${segment}${rest ? ' rest' : ''}`,
    )
    expect(words).toEqual(parameters)
  })

  it.each([
    ['/orders', 'exactPath'],
    ['/orders/{id}x', 'whole segment'],
    ['/orders/x{id}', 'whole segment'],
    ['/orders/{}', 'whole segment'],
    ['/orders/{a-b}', 'whole segment'],
    ['/orders/{a', 'whole segment'],
    ['/orders/{1}', 'whole segment'],
    ['/orders/{a?}', 'whole segment'],
    ['/{a}/{a}', 'two parameters {a}'],
    ['/{a*}/{a*}', 'not its last segment'],
    ['/{rest*}/a', 'not its last segment'],
    ['/{rest*}/', 'not its last segment'],
    ['/{id}/x?a', 'query'],
    ['{id}', 'does not start'],
    ['{id}/a', 'does not start'],
    ['/{id}//a', 'empty segment'],
    ['/{id}/../a', 'dot segment'],
  ])('%s is refused: %s', (given, problem) => {
    expect(parsePathPattern(given)).toEqual({ problem: expect.stringContaining(problem) as string })
  })

  it('is written in words as it was given', () => {
    const words = (parsed: ReturnType<typeof parsePrefix>) =>
      'problem' in parsed ? parsed.problem : describePath(parsed)
    expect(words(parsePathPattern('/{a}/x/{rest*}'))).toBe('/{a}/x/{rest*}')
    expect(words(parsePathPattern('/x/{a}/'))).toBe('/x/{a}/')
    expect(words(parsePrefix('/x/'))).toBe('/x/*')
    expect(words(parsePrefix('/'))).toBe('/*')
    expect(words(parseExactPath('/x/'))).toBe('/x/')
    expect(words(parseExactPath('/'))).toBe('/')
  })
})
