import { createGateway, definePlugin } from '@postern/core'
import { pathParameters } from '@postern/core/contracts'
import { expect, it } from 'vitest'
import { routing } from '../src/index.ts'
import { startService } from './_support/services.ts'

const seen: unknown[] = []

/** Writes down what a plugin sees of the parameters of each request. */
const look = definePlugin({
  name: 'look',
  version: '1.0.0',
  api: '1.0',
  fault: 'observer',
  requires: [pathParameters],
  setup(gateway) {
    gateway.hooks.onFinish.tap((exchange) => {
      const values = exchange.get(pathParameters)
      seen.push([{ ...values?.toObject() }, values?.get('id'), values?.get('toString')])
    })
  },
})

it('plugins read the parameters of the path that matched, decoded once', async () => {
  await using orders = await startService('orders')
  const gateway = createGateway(
    [
      look(),
      routing({
        services: { orders: { endpoints: [orders.url] } },
        routes: [
          { match: { pathPattern: '/orders/{id}/lines/{line}' }, to: 'orders' },
          { match: { pathPattern: '/files/{id}/{path*}' }, to: 'orders' },
          { match: { pathPattern: '/odd/{__proto__}' }, to: 'orders' },
          { match: { path: '/plain' }, to: 'orders' },
        ],
      }),
    ],
    { logger: false, paths: { encodedSlash: 'keep' } },
  )
  const ask = async (path: string) => {
    await (await gateway.fetch(`http://gateway${path}`)).text()
    return seen.pop()
  }
  expect(await ask('/orders/7/lines/3?id=8')).toEqual([{ id: '7', line: '3' }, '7', undefined])
  expect(await ask('/orders/a%20b+c/lines/%2541')).toEqual([{ id: 'a b+c', line: '%41' }, 'a b+c', undefined])
  expect(await ask('/orders/caf%c3%a9/lines/%ff')).toEqual([
    { id: 'café', line: '\ufffd' },
    'café',
    undefined,
  ])
  expect(await ask('/orders/a%2Fb/lines/c%2fd')).toEqual([{ id: 'a/b', line: 'c/d' }, 'a/b', undefined])
  // A rest stays as it is: the slash that the client encoded can be told from the others.
  expect(await ask('/files/7/a%2Fb/c%20d')).toEqual([{ id: '7', path: 'a%2Fb/c%20d' }, '7', undefined])
  expect(await ask('/files/7/')).toEqual([{ id: '7', path: '' }, '7', undefined])
  expect(await ask('/files/7')).toEqual([{ id: '7', path: '' }, '7', undefined])
  expect(await ask('/odd/x')).toEqual([Object.fromEntries([['__proto__', 'x']]), undefined, undefined])
  expect(await ask('/plain/7')).toEqual([{}, undefined, undefined])
  expect(await ask('/nowhere')).toEqual([{}, undefined, undefined])
  await gateway.close()
})
