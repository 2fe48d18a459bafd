import { describe, expect, it } from 'vitest'
import { requestOf, tableOf } from './_requests.ts'

describe('precedence of host, path and method', () => {
  const table = tableOf({
    any: {},
    anyPost: { method: 'POST' },
    orders: { path: '/orders' },
    ordersDeep: { path: '/orders/archive/2024' },
    ordersDelete: { path: '/orders/archive', method: ['DELETE', 'PURGE'] },
    ordersExact: { exactPath: '/orders' },
    ordersSlash: { exactPath: '/orders/', method: 'PUT' },
    host: { host: 'shop.internal', path: '/a' },
    hostGet: { host: 'shop.internal', path: '/a', method: 'GET' },
    hostDeep: { host: 'shop.internal', exactPath: '/a/b' },
    wild: { host: '*.shop.internal' },
    wildLong: { host: '*.eu.shop.internal', path: '/a' },
    wildPost: { host: '*.eu.shop.internal', path: '/a/b', method: 'POST' },
    logical: { host: 'orders' },
  })

  it.each([
    // Path: exact before prefix, longer prefixes before shorter ones, by whole segments.
    ['GET x/', 'any'],
    ['POST x/', 'anyPost'],
    ['GET x/nowhere/at/all', 'any'],
    ['GET x/orders', 'ordersExact'],
    ['GET x/orders/', 'orders'],
    ['PUT x/orders/', 'ordersSlash'],
    ['GET x/orders/7', 'orders'],
    ['GET x/orders2', 'any'],
    ['GET x/Orders', 'any'],
    ['GET x/orders;v=1', 'any'],
    ['GET x/orders//archive', 'orders'],
    ['GET x/orders/archive/2024/7', 'ordersDeep'],
    ['GET x/orders/archive/2024', 'ordersDeep'],
    ['GET x/orders/archive/20245', 'orders'],
    // Method: within one path; where none fits, shorter paths get their turn.
    ['DELETE x/orders/archive/1', 'ordersDelete'],
    ['PURGE x/orders/archive/1', 'ordersDelete'],
    ['GET x/orders/archive/1', 'orders'],
    ['POST x/orders/7', 'orders'],
    ['OPTIONS x*', 'any'],
    // Host: name, longest suffix, any; port and case do not count.
    ['GET shop.internal/a', 'hostGet'],
    ['POST SHOP.internal:8080/a', 'host'],
    ['GET shop.internal./a/b', 'hostDeep'],
    ['GET eu.shop.internal/a', 'wild'],
    ['GET de.eu.shop.internal/a', 'wildLong'],
    ['POST fr.de.eu.shop.internal:1/a/b', 'wildPost'],
    ['GET fr.de.eu.shop.internal:1/a/b', 'wildLong'],
    ['GET orders/7', 'logical'],
    // A host whose routes do not fit leaves the request to a less specific one.
    ['GET de.eu.shop.internal/b', 'wild'],
    ['GET shop.internal/orders', 'ordersExact'],
    ['POST shop.internal/b', 'anyPost'],
    ['GET ashop.internal/a', 'any'],
  ])('%s goes to %s', (line, id) => {
    expect(table.find(requestOf(line))).toBe(id)
  })

  it('does not depend on the order of the routes', () => {
    const reversed = tableOf({ any: { path: '/a' }, get: { path: '/a', method: 'GET' } })
    expect(reversed.find(requestOf('GET x/a'))).toBe('get')
  })
})

describe('paths with parameters: segment by segment, a literal before a parameter before the end of a prefix', () => {
  const table = tableOf({
    root: { path: '/' },
    orders: { path: '/orders' },
    order: { pathPattern: '/orders/{id}' },
    orderSlash: { pathPattern: '/orders/{id}/' },
    lines: { pathPattern: '/orders/{id}/lines/{line}' },
    archive: { path: '/orders/archive' },
    newest: { exactPath: '/orders/newest' },
    linesOfAny: { pathPattern: '/{kind}/{id}/lines/{line}', method: 'PUT' },
    files: { pathPattern: '/files/{owner}/{path*}' },
    readme: { pathPattern: '/files/{owner}/{repository}/readme' },
    odd: { pathPattern: '/__proto__/{constructor}' },
  })

  it.each([
    ['GET x/orders/7', 'order'],
    ['GET x/orders/7/', 'orderSlash'],
    ['GET x/orders/', 'orders'],
    ['GET x/orders', 'orders'],
    ['GET x/orders//', 'orders'],
    ['GET x/orders/7/lines/3', 'lines'],
    ['GET x/orders/7/lines/', 'orders'],
    ['GET x/orders/7/lines', 'orders'],
    ['GET x/orders/7/lines/3/more', 'orders'],
    ['GET x/orders/newest', 'newest'],
    ['GET x/orders/archive', 'archive'],
    // The literal segment decides before the length does.
    ['GET x/orders/archive/lines/3', 'archive'],
    // Where the literal way leads to no route for the method, the parameter gets its turn, also further up.
    ['PUT x/orders/7/lines/3', 'lines'],
    ['PUT x/stock/7/lines/3', 'linesOfAny'],
    ['GET x/stock/7/lines/3', 'root'],
    ['GET x/files/ann', 'files'],
    ['GET x/files/ann/', 'files'],
    ['GET x/files/ann/a/b', 'files'],
    ['GET x/files/ann/a/readme', 'readme'],
    ['GET x/files/', 'root'],
    ['GET x/__proto__/7', 'odd'],
    ['GET x/%7Bid%7D', 'root'],
  ])('%s goes to %s', (line, id) => {
    expect(table.find(requestOf(line))).toBe(id)
  })
})

describe('headers', () => {
  const table = tableOf({
    any: {},
    blue: { headers: { 'X-Tenant': 'blue' } },
    green: { headers: { 'x-tenant': { exact: 'green' } } },
    early: { headers: { 'x-tenant': { prefix: 'early-' } } },
    blueBeta: { headers: { 'x-tenant': 'blue', 'x-beta': { present: true } } },
    empty: { headers: { 'x-tenant': '' } },
    both: { headers: { 'x-tenant': 'blue, green' } },
    post: { method: 'POST' },
  })

  it.each([
    [[], 'any'],
    [['x-tenant: blue'], 'blue'],
    [['X-TENANT: blue'], 'blue'],
    [['x-tenant: Blue'], 'any'],
    [['x-tenant: green'], 'green'],
    [['x-tenant: greener'], 'any'],
    [['x-tenant: early-3'], 'early'],
    [['x-tenant: early'], 'any'],
    [['x-tenant: '], 'empty'],
    [['x-tenant: blue', 'x-beta: '], 'blueBeta'],
    [['x-beta: 1'], 'any'],
    [['x_tenant: blue'], 'any'],
    // A second line cannot hide behind the first: the two are one value.
    [['x-tenant: blue', 'X-Tenant: red'], 'any'],
    [['x-tenant: blue', 'X-Tenant: green'], 'both'],
    [['x-tenant: blue, green'], 'both'],
  ])('%j go to %s', (headers, id) => {
    expect(table.find(requestOf('GET x/', ...headers))).toBe(id)
  })

  it('count less than a method', () => {
    expect(table.find(requestOf('POST x/', 'x-tenant: blue'))).toBe('post')
  })

  it('leave the request to a shorter path, and to another host, where they do not fit', () => {
    const deep = tableOf({
      host: { host: '*.a', path: '/a', headers: { 'x-tenant': 'blue' } },
      short: { path: '/', headers: { 'x-tenant': 'red' } },
      long: { path: '/a/b', headers: { 'x-tenant': 'blue' } },
      rest: {},
    })
    expect(deep.find(requestOf('GET b.a/a/b', 'x-tenant: blue'))).toBe('host')
    expect(deep.find(requestOf('GET b.a/a/b', 'x-tenant: red'))).toBe('short')
    expect(deep.find(requestOf('GET c/a/b', 'x-tenant: blue'))).toBe('long')
    expect(deep.find(requestOf('GET c/a/b'))).toBe('rest')
  })
})

describe('the query', () => {
  const table = tableOf({
    any: {},
    v2: { query: { version: '2' } },
    v2debug: { query: { version: '2', debug: { present: true } } },
    v3: { query: { version: { prefix: '3.' } } },
    blank: { query: { 'a b': 'c&d=é' } },
    header: { headers: { 'x-tenant': 'blue' } },
  })

  it.each([
    ['', 'any'],
    ['?', 'any'],
    ['?version=2', 'v2'],
    ['?a=1&&version=2&b', 'v2'],
    ['?version=3.1', 'v3'],
    ['?version=3', 'any'],
    ['?Version=2', 'any'],
    ['?version=2&debug', 'v2debug'],
    ['?debug=&version=2', 'v2debug'],
    // Other spellings of the same.
    ['?%76ersion=%32', 'v2'],
    ['?a+b=c%26d%3d%c3%A9', 'blank'],
    ['?a%20b=c%26d=%C3%A9', 'blank'],
    // Decoded once.
    ['?version=%2532', 'any'],
    // The first of a repeated parameter counts.
    ['?version=2&version=1', 'v2'],
    ['?version=1&version=2', 'any'],
    ['?%76ersion=1&version=2', 'any'],
    // What cannot be decoded stays, and spoils nothing else.
    ['?%zz=%&version=2', 'v2'],
    ['?%ff=%c3&version=2', 'v2'],
  ])('%s goes to %s', (query, id) => {
    expect(table.find(requestOf(`GET x/${query}`))).toBe(id)
  })

  it('counts less than a header', () => {
    expect(table.find(requestOf('GET x/?version=2&debug', 'x-tenant: blue'))).toBe('header')
  })
})

it('finds nothing where no route fits', () => {
  const table = tableOf({
    a: { host: 'a', path: '/a', method: 'GET', headers: { h: '1' }, query: { q: '1' } },
  })
  expect(table.find(requestOf('GET a/a?q=1', 'h: 1'))).toBe('a')
  expect(table.find(requestOf('POST a/a?q=1', 'h: 1'))).toBeUndefined()
  expect(table.find(requestOf('GET a/b?q=1', 'h: 1'))).toBeUndefined()
  expect(table.find(requestOf('GET b/a?q=1', 'h: 1'))).toBeUndefined()
  expect(table.find(requestOf('GET a/a?q=2', 'h: 1'))).toBeUndefined()
  expect(table.find(requestOf('GET a/a?q=1', 'h: 2'))).toBeUndefined()
  expect(tableOf({}).find(requestOf('GET a/a'))).toBeUndefined()
})

describe('hostile requests', () => {
  const table = tableOf({
    a: { path: '/a' },
    b: { host: 'b' },
    wild: { host: '*.a' },
    pattern: { pathPattern: '/p/{a}/{b}/{c}' },
    deep: { pathPattern: '/p/{a}/{b}/{c}/{rest*}', method: 'PUT' },
    header: { path: '/h', headers: { 'x-a': '1' } },
    query: { path: '/q', query: { a: '1', b: { present: true } } },
  })

  it('do not find names that every object has', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      const request = requestOf(`${name} ${name}/${name}?${name}=${name}`, `${name}: ${name}`)
      expect(table.find(request)).toBeUndefined()
      expect(table.find({ ...request, path: '/q' })).toBeUndefined()
      expect(table.find({ ...request, path: '/h' })).toBeUndefined()
    }
  })

  it('are below no suffix when their name is longer than a name can be', () => {
    expect(table.find(requestOf(`GET ${'a.'.repeat(5_000)}a/`))).toBeUndefined()
    expect(table.find(requestOf('GET a.a/'))).toBe('wild')
  })

  it('may have ten thousand segments, of which those below the last level of the table are not looked at', () => {
    const request = requestOf('GET x/')
    const path = `/a${'/p'.repeat(10_000)}`
    expect(table.find({ ...request, path })).toBe('a')
    expect(table.find({ ...request, path: `/p${path}` })).toBeUndefined()
    expect(table.find({ ...request, path: `/p${path}`, method: 'PUT' })).toBe('deep')
    expect(table.find({ ...request, path: '/'.repeat(10_000) })).toBeUndefined()
  })

  it('may have a query of a hundred thousand parameters', () => {
    const query = `?${'a&'.repeat(50_000)}${Array.from({ length: 50_000 }, (_, index) => `p${index}=%41`).join('&')}`
    expect(table.find(requestOf(`GET x/q${query}&b`))).toBeUndefined()
    expect(table.find(requestOf(`GET x/q?a=1&b${query.replace('?', '&')}`))).toBe('query')
  })

  it('cannot make one value read like two', () => {
    const two = tableOf({ two: { headers: { a: '1', b: '2' } }, one: { headers: { a: '1 1 2' } } })
    expect(two.find(requestOf('GET x/', 'a: 1 1 2'))).toBe('one')
    expect(two.find(requestOf('GET x/', 'a: 1', 'b: 2'))).toBe('two')
    expect(two.find(requestOf('GET x/', 'a: 1 1 2', 'b: '))).toBe('one')
    expect(two.find(requestOf('GET x/', 'a: ', 'b: 1 1 2'))).toBeUndefined()
  })
})
