/**
 * The attack: a path that a guard reads as public and the upstream reads as private, by dots, slashes or bytes that one
 * side decodes and the other does not.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { definePlugin, type PathOptions } from '../../src/index.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

/** Notes the path that guards and routes see. */
const seen: string[] = []
const guard = definePlugin({
  name: 'path-guard',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.pickRoute.tap((exchange) => {
      seen.push(`route ${exchange.path}`)
      return undefined
    })
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap((exchange) => {
        seen.push(`guard ${exchange.path}`)
      })
    })
  },
})

async function ask(gateway: TestGateway, target: string): Promise<{ status: number; body: string }> {
  using client = await RawClient.open(gateway.port)
  return await client.exchange(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)
}

describe('by default', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await createTestGateway([guard()])
  })
  afterAll(() => gateway.close())

  test.each([
    '/public/../admin',
    '/public/..',
    '/..',
    '/.',
    '/public/./admin',
    '/public/%2e%2e/admin',
    '/public/%2E%2E/admin',
    '/public/%2E./admin',
    '/public/.%2e/admin',
    '/public/%2e/admin',
    '/public/..;/admin',
    '/public/..;x=1/admin',
    '/public/..%3b/admin',
    '/public/.;/admin',
    '/public%2f..%2fadmin',
    '/public%2F..%2Fadmin',
    '/public%2fadmin',
    '/public%2F',
    '/public%5cadmin',
    '/public%5Cadmin',
    '/public\\admin',
    '/public\\..\\admin',
    '/public/..\\admin',
    '/public/%00',
    '/public%00/admin',
    '/public/%0d%0aX:1',
    '/public/%0A',
    '/public/%1f',
    '/public/%7F',
    '//admin',
    '/public//admin',
    '/public//',
    '//127.0.0.1/admin',
    '/public/%',
    '/public/%2',
    '/public/%zz',
    '/public/%u002e',
    '/public/%%32%65',
    // Longer than need be for a dot or a slash (RFC 3629 section 3); some readers take it for one.
    '/public/%C0%AE%C0%AE/admin',
    '/public/%c0%2e/admin',
    '/public%c1%9cadmin',
    '/public%E0%80%AFadmin',
    '/public%e0%9f%bfadmin',
    '/public%F0%80%80%AFadmin',
    '/public%f0%8f%bf%bfadmin',
    '/a#b',
    '/a?b#c',
    '/a"b',
    '/a<b',
    '/a{b}',
    '/a|b',
    '/a^b',
    '/a`b',
    '/\xc3\xa9',
    '/\xff',
    '/a?\xc3\xa9',
    '/\u00a0',
  ])('%s is refused before any plugin sees it', async (target) => {
    const before = [seen.length, gateway.upstream.requests.length]
    const response = await ask(gateway, target)
    expect(response.status).toBe(400)
    expect(response.body).toMatch(/GW_REQ_(TARGET_INVALID|MALFORMED)/)
    expect([seen.length, gateway.upstream.requests.length]).toEqual(before)
  })

  test.each([
    ['/', '/'],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a..b/..c/d..', '/a..b/..c/d..'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/%61dmin', '/admin'],
    ['/%7euser', '/~user'],
    ['/%c3%a9', '/%C3%A9'],
    ['/%e0%a4%85/%f0%9f%98%80', '/%E0%A4%85/%F0%9F%98%80'],
    // Latin-1.
    ['/caf%e9/%ff%80%e0', '/caf%E9/%FF%80%E0'],
    ['/a%25c0%25ae', '/a%25c0%25ae'],
    ['/a%20b', '/a%20b'],
    ['/a%3fb', '/a%3Fb'],
    ['/a%23b', '/a%23b'],
    // Encoded twice on purpose: one decoding does not climb, and nobody here does two.
    ['/a/%252e%252e/b', '/a/%252e%252e/b'],
    ['/a%252fb', '/a%252fb'],
    ['/a%25%32%65', '/a%252e'],
    ['/a/', '/a/'],
    ['/a?', '/a', '?'],
    ['/a?b=../c&d=%2e%2e', '/a', '?b=../c&d=%2e%2e'],
    ['/a??b=//', '/a', '??b=//'],
    ['/a?b=\\', '/a', '?b=\\'],
  ])('%s is the same path for routes, guards and the upstream', async (target, path, query = '') => {
    expect((await ask(gateway, target)).status).toBe(200)
    expect(seen.slice(-2)).toEqual([`route ${path}`, `guard ${path}`])
    expect(gateway.upstream.requests.at(-1)?.url).toBe(`${path}${query}`)
  })
})

describe('each option allows what it names, and everybody still sees one path', () => {
  const refused = null
  test.each<[PathOptions, string, string | null]>([
    [{ dotSegments: 'resolve' }, '/public/../admin', '/admin'],
    [{ dotSegments: 'resolve' }, '/public/%2e%2e/admin/.', '/admin/'],
    [{ dotSegments: 'resolve' }, '/a/b/../..', '/'],
    [{ dotSegments: 'resolve' }, '/../admin', refused],
    [{ dotSegments: 'resolve' }, '/a/../../admin', refused],
    [{ dotSegments: 'resolve' }, '/public/..;/admin', refused],
    [{ dotSegments: 'resolve' }, '/public/..;x=1/admin', refused],
    [{ dotSegments: 'resolve', encodedSlash: 'keep' }, '/public/..%2fadmin', refused],
    [{ dotSegments: 'resolve', encodedSlash: 'keep' }, '/public/x%2f..%2fadmin', refused],
    [{ dotSegments: 'resolve', backslash: 'keep' }, '/public/..\\admin', refused],
    [{ dotSegments: 'resolve', backslash: 'keep' }, '/public/x%5c..%5cadmin', refused],
    [{ encodedSlash: 'keep' }, '/a%2fb', '/a%2Fb'],
    [{ encodedSlash: 'keep' }, '/a%2f..', refused],
    [{ backslash: 'keep' }, '/a%5cb', '/a%5Cb'],
    [{ backslash: 'keep' }, '/a\\b', '/a\\b'],
    [{ backslash: 'keep' }, '/a\\..\\b', refused],
    [{ doubleSlash: 'merge' }, '//a///b//', '/a/b/'],
    [{ doubleSlash: 'keep' }, '//a//b', '//a//b'],
    [{ doubleSlash: 'merge' }, '/a//..//b', refused],
    [{ doubleSlash: 'merge', dotSegments: 'resolve' }, '/a//..//b', '/b'],
    [{ doubleSlash: 'merge', dotSegments: 'resolve' }, '/a/..//..//b', refused],
    [{ pathParameters: 'refuse' }, '/a;v=1', refused],
    [{ pathParameters: 'refuse' }, '/a%3bv', refused],
    [{ pathParameters: 'keep' }, '/a;v=1', '/a;v=1'],
  ])('%j: %s', async (paths, target, path) => {
    await using gateway = await createTestGateway([guard()], { paths })
    const { status } = await ask(gateway, target)
    if (path === refused) {
      expect(status).toBe(400)
      expect(gateway.upstream.requests).toEqual([])
      return
    }
    expect(status).toBe(200)
    expect(seen.slice(-2)).toEqual([`route ${path}`, `guard ${path}`])
    expect(gateway.upstream.requests.at(-1)?.url).toBe(path)
  })
})
