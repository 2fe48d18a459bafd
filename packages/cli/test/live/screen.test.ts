import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { expect, test } from 'vitest'
import { openScreen } from '../../src/live/screen.ts'

test('a terminal that does not say its size gets as much as a plain one', () => {
  const out = Object.assign(new PassThrough(), { rows: 0, columns: 0 }) as unknown as WriteStream
  const screen = openScreen(out, new PassThrough() as unknown as ReadStream)
  let size: number[] = []
  screen.show((rows, columns) => {
    size = [rows, columns]
    return ''
  })
  screen.close()
  expect(size).toEqual([24, 80])
})
