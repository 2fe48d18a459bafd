import { describe, expect, it } from 'vitest'
import { addressIn } from '../../src/assess/addresses.ts'
import { readHistory } from '../../src/assess/history.ts'
import { widestMove } from '../../src/assess/verdict.ts'
import { repository } from '../_support/repository.ts'

const limits = () => ({ since: '2000-01-01', deadline: performance.now() + 30_000 })

describe('changes of addresses in a history', () => {
  it('are found in every form, once for each caller that had to change', async () => {
    await using repo = await repository()
    const files = (orders: string, port: number) => ({
      'services/basket/.env': `DATABASE_PASSWORD=hunter2\nORDERS_URL=http://user:pw@${orders}:${port}/v1?key=s3cret\n`,
      'services/web/src/config.ts': `export const ORDERS = 'http://${orders}:${port}'\nexport const title = 'Shop'\n`,
      'services/mail/config.yaml': `orders:\n  host: ${orders}.shop.internal\n  timeout: 5\n`,
      'k8s/search.yaml': `env:\n  - name: ORDERS_ADDR\n    value: "${orders}:${port}"\n`,
      'README.md': `Orders runs on http://${orders}:${port}\n`,
    })
    await repo.commit('2026-01-10', files('orders', 3000))
    await repo.commit('2026-03-05', files('order-service', 3000))
    await repo.commit('2026-04-20', {
      'services/web/src/config.ts':
        "export const ORDERS = 'http://order-service:3100'\nexport const title = 'Shop 2'\n",
    })
    const history = await readHistory([repo.path], limits())
    expect(history.moves.map(({ caller, from, to, month }) => [month, caller, from, to])).toEqual(
      expect.arrayContaining([
        ['2026-04', 'web', 'order-service:3000', 'order-service:3100'],
        ['2026-03', 'basket', 'orders:3000', 'order-service:3000'],
        ['2026-03', 'web', 'orders:3000', 'order-service:3000'],
        ['2026-03', 'mail', 'orders.shop.internal', 'order-service.shop.internal'],
        ['2026-03', 'search', 'orders:3000', 'order-service:3000'],
      ]),
    )
    expect(history.moves).toHaveLength(5)
    expect(widestMove(history)).toEqual({
      from: 'orders:3000',
      to: 'order-service:3000',
      callers: ['basket', 'search', 'web'],
    })
    expect(history.commits).toBe(3)
    expect(history.months).toBeCloseTo(3.3, 0)
    expect(JSON.stringify(history)).not.toMatch(/hunter2|s3cret|pw@/)
  })

  it('are not what is put elsewhere in a file, a developer’s own machine, a version, or a page that is linked', async () => {
    await using repo = await repository()
    const config = (...lines: readonly string[]) => ({ 'app/config.yaml': `${lines.join('\n')}\n` })
    await repo.commit(
      '2026-01-01',
      config(
        'a: http://one:80',
        'b: http://two:80',
        'url: http://localhost:3000',
        'docs: https://github.com/a',
        'image: shop:1.2',
      ),
    )
    await repo.commit(
      '2026-01-02',
      config(
        'b: http://two:80',
        'a: http://one:80',
        'url: http://127.0.0.1:3001',
        'docs: https://github.com/b',
        'image: shop:1.3',
      ),
    )
    await repo.commit('2026-01-03', config('b: http://two:80', 'new: http://three:80'))
    expect((await readHistory([repo.path], limits())).moves).toEqual([])
  })

  it('show when a service gets another name', async () => {
    await using repo = await repository()
    await repo.commit('2026-01-01', {
      'services/orders/main.go': 'package main\n\nfunc main() { serve("orders") }\n',
      'services/web/main.go': 'package web\n',
    })
    await repo.git('mv', 'services/orders', 'services/order-service')
    await repo.commit('2026-02-01', {})
    expect((await readHistory([repo.path], limits())).renames).toEqual(['orders → order-service'])
  })

  it('end in time, and a folder without a history is named', async () => {
    await using repo = await repository()
    await repo.commit('2026-01-01', { 'a.yaml': 'a: http://one:80\n' })
    expect(await readHistory([repo.path], { ...limits(), deadline: 0 })).toMatchObject({ isCut: true })
    const plain = await repository()
    await plain.git('init', '-q')
    expect(await readHistory([`${plain.path}/missing`], limits())).toMatchObject({
      without: ['missing'],
      commits: 0,
    })
    await plain[Symbol.asyncDispose]()
  })
})

describe('the address in a line', () => {
  it.each([
    ['ORDERS_URL=http://orders:3000/v1', 'orders:3000'],
    ['  "target": "https://stock.prod.svc.cluster.local",', 'stock.prod.svc.cluster.local'],
    ['const client = new Client("grpc://billing:50051")', 'billing:50051'],
    ['ORDERS_HOST=10.0.1.7', '10.0.1.7'],
    ['ORDERS_PORT=3000', ':3000'],
    ['upstream: orders:8080', 'orders:8080'],
    ['# ORDERS_URL=http://orders:3000', undefined],
    ['version: 1.2.3', undefined],
    ['at: 12:30', undefined],
    ['"$schema": "http://json-schema.org/draft-07/schema"', undefined],
  ])('%s', (line, address) => {
    expect(addressIn(line)?.address).toBe(address)
  })
})
