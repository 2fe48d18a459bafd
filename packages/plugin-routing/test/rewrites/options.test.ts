import { isGatewayError } from '@postern/core'
import { describe, expect, it } from 'vitest'
import type { RouteOptions } from '../../src/index.ts'
import { readRoutes } from '../../src/routes.ts'
import { startRouting } from '../_support/services.ts'

/** What is said about a route at the start. */
function problemOf(route: object): string {
  try {
    const routes = [{ match: { path: '/orders' }, to: 'orders', ...route }]
    void startRouting({ services: { orders: { endpoints: ['http://a'] } }, routes }).gateway.close()
  } catch (error) {
    if (isGatewayError(error) && error.code === 'GW_PLUGIN_OPTIONS_INVALID') return error.message
    throw error
  }
  throw new Error('The options were accepted.')
}

const pattern = { match: { pathPattern: '/a/{id}/{rest*}' } }
const request = (requestHeaders: object) => ({ rewrite: { requestHeaders } })

describe('a rewrite is refused, with its place and the fix', () => {
  it.each<[string, object, string]>([
    [
      'a path beside stripPrefix',
      { stripPrefix: true, rewrite: { path: { replacePrefix: '/a' } } },
      'routes[0].rewrite.path: found a path beside stripPrefix',
    ],
    [
      'a prefix of a pattern',
      { ...pattern, rewrite: { path: { replacePrefix: '/a' } } },
      'routes[0].rewrite.path.replacePrefix: found a prefix on a route without one',
    ],
    [
      'a prefix with dots',
      { rewrite: { path: { replacePrefix: '/a/../b' } } },
      'routes[0].rewrite.path.replacePrefix: found "/a/../b"',
    ],
    [
      'a prefix with two slashes',
      { rewrite: { path: { replacePrefix: '//evil.test' } } },
      'routes[0].rewrite.path.replacePrefix: found "//evil.test"',
    ],
    [
      'a template with dots',
      { ...pattern, rewrite: { path: { template: '/{id}/..' } } },
      'routes[0].rewrite.path.template: found "/{id}/.."',
    ],
    [
      'a template with a query',
      { ...pattern, rewrite: { path: { template: '/{id}?a' } } },
      'routes[0].rewrite.path.template: found "/{id}?a"',
    ],
    ['an unknown parameter', { ...pattern, rewrite: { path: { template: '/{ids}' } } }, 'did you mean {id}?'],
    [
      'the rest as one segment',
      { ...pattern, rewrite: { path: { template: '/{rest}' } } },
      'found {rest}; needed: {rest} as match.pathPattern has it',
    ],
    ['two kinds of path', { rewrite: { path: { template: '/a', replacePrefix: '/b' } } }, 'replacePrefix'],
    [
      'a host with a path',
      { rewrite: { host: { name: 'a/b' } } },
      'routes[0].rewrite.host.name: found "a/b"',
    ],
    ['a host for many', { rewrite: { host: { name: '*.a' } } }, 'routes[0].rewrite.host.name: found "*.a"'],
    ['a host that is no form', { rewrite: { host: 'client' } }, 'Expected "upstream", "keep" or { name }'],
    [
      'framing',
      request({ set: { 'Content-Length': '1' } }),
      'requestHeaders.set.Content-Length: found a header',
    ],
    ['framing for CGI', request({ add: { transfer_encoding: 'x' } }), 'requestHeaders.add.transfer_encoding'],
    ['hop-by-hop', request({ remove: ['Connection'] }), 'requestHeaders.remove[0]: found a header of one'],
    ['host', request({ set: { host: 'a' } }), 'found the header host; needed: rewrite.host'],
    ['Forwarded', request({ remove: ['forwarded'] }), "found a header that is the gateway's own"],
    ['X-Forwarded-*', request({ set: { X_Forwarded_For: 'a' } }), "found a header that is the gateway's own"],
    ['Via', request({ set: { via: 'a' } }), "found a header that is the gateway's own"],
    ['a line break', request({ set: { 'x-a': 'a\r\nx-b: c' } }), 'x-a: found a value that no header has'],
    ['a name twice', request({ set: { 'x-a': 'a' }, remove: ['X-A'] }), 'found x-a again, after set'],
    ['a name that is none', request({ set: { 'x a': 'a' } }), 'Expected a token'],
    ['a name that JavaScript keeps', request({ set: { constructor: 'a' } }), 'JavaScript keeps'],
    ['a parameter of no pattern', request({ set: { 'x-a': '{id}' } }), 'found {id}; needed: a parameter'],
    [
      'framing of the answer',
      { rewrite: { responseHeaders: { set: { 'transfer-encoding': 'x' } } } },
      'responseHeaders.set.transfer-encoding: found a header of one connection',
    ],
    [
      'a query parameter twice',
      { rewrite: { query: { add: { a: '1' }, remove: ['a'] } } },
      'routes[0].rewrite.query: found "a" twice',
    ],
    ['half a surrogate pair', { rewrite: { query: { add: { a: '\ud800' } } } }, 'query.add.a: found half a'],
    ['an unknown key', { rewrite: { paths: '/a' } }, 'paths'],
  ])('%s', (_, route, message) => {
    expect(problemOf(route)).toContain(message)
  })
})

it('says what it is as data, without the values', () => {
  const describe = (route: Partial<RouteOptions>) =>
    readRoutes([{ match: { path: '/orders' }, to: 'orders', ...route }])[0]?.rewrite.describe()
  expect(describe({ stripPrefix: true })).toMatchObject({
    path: '/orders/* → /*',
    host: 'upstream',
    mapBack: true,
  })
  expect(
    describe({
      rewrite: {
        host: { name: 'a:81' },
        query: { set: { key: 'secret' } },
        requestHeaders: { set: { Authorization: 'secret' } },
        responseHeaders: { remove: ['server'] },
        mapBack: false,
      },
    }),
  ).toEqual({
    path: undefined,
    host: 'a:81',
    query: { added: ['key'], dropped: ['key'] },
    requestHeaders: ['authorization'],
    responseHeaders: ['server'],
    mapBack: false,
  })
})
