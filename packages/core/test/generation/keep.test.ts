/** What a plugin keeps outlives reloads, and ends with the last generation that asked for it. */
import { expect, test } from 'vitest'
import { createGateway, definePlugin, type Kept } from '../../src/index.ts'
import { until } from '../../src/testing.ts'

/** Something kept that tells whether it is closed. */
class Cache implements Kept {
  closed = 0
  close(): void {
    this.closed++
  }
}

function keeper(name: string, made: Cache[], keys: readonly string[]) {
  return definePlugin({
    name,
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      for (const key of keys) {
        gateway.keep(key, () => {
          const cache = new Cache()
          made.push(cache)
          return cache
        })
      }
    },
  })()
}

test('a reload keeps what it asks for again, and closes the rest', async () => {
  const made: Cache[] = []
  const gateway = createGateway([keeper('a', made, ['x', 'x', 'y'])], { logger: false })
  expect(made).toHaveLength(2)
  await gateway.reload([keeper('a', made, ['x'])], { logger: false })
  expect(made).toHaveLength(2)
  await until(() => made[1]?.closed === 1, 'y to be closed')
  expect(made[0]?.closed).toBe(0)
  await gateway.close()
  expect(made.map(({ closed }) => closed)).toEqual([1, 1])
})

test('plugins do not see what others keep', async () => {
  const made: Cache[] = []
  const gateway = createGateway([keeper('a', made, ['x']), keeper('b', made, ['x'])], { logger: false })
  expect(made).toHaveLength(2)
  await gateway.close()
})

test('a reload that fails closes what it made, and leaves the rest', async () => {
  const made: Cache[] = []
  const gateway = createGateway([keeper('a', made, ['x'])], { logger: false })
  const broken = definePlugin({
    name: 'broken',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup() {
      throw new Error('no')
    },
  })
  const reload = gateway.reload([keeper('a', made, ['x', 'y']), broken()], { logger: false })
  await expect(reload).rejects.toThrow('no')
  await until(() => made[1]?.closed === 1, 'what was made to be closed')
  expect(made[0]?.closed).toBe(0)
  await gateway.close()
})
