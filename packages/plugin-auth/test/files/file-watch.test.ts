import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FileWatch } from '../../src/files/file-watch.ts'
import { type TemporaryFolder, temporaryFolder } from '../support/temporary-folder.ts'

const POLL_MS = 50
/** Several looks, and the second one at what may be half written. */
const SOME_LOOKS_MS = 600

let folder: TemporaryFolder
let path: string
let told: string[]
let watch: FileWatch
beforeEach(async () => {
  folder = await temporaryFolder()
  path = join(folder.path, 'list.txt')
  told = []
  await writeFile(path, 'one')
  watch = new FileWatch(
    { path, pollMs: POLL_MS },
    {
      read(text) {
        if (text.startsWith('bad')) throw new Error(text)
        told.push(`read ${text}`)
      },
      failed: (reason) => told.push(`failed ${reason}`),
    },
  )
})
afterEach(async () => {
  watch.close()
  await folder[Symbol.asyncDispose]()
})

const someLooks = () => new Promise((resolve) => setTimeout(resolve, SOME_LOOKS_MS))
const put = async (text: string) => {
  await writeFile(join(folder.path, 'next'), text)
  await rename(join(folder.path, 'next'), path)
}

it('tells what a file says, and what it says next', async () => {
  expect(told).toEqual(['read one'])
  await put('two')
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['read one', 'read two'])
})

it('tells nothing when something else changes in the folder, or the file is written as it was', async () => {
  await writeFile(join(folder.path, 'other.txt'), 'x')
  await put('one')
  await someLooks()
  expect(told).toEqual(['read one'])
})

it('tells a fault once, another fault again, and what the file said before when it is mended', async () => {
  await put('bad')
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['read one', 'failed bad'])
  await someLooks()
  expect(told).toEqual(['read one', 'failed bad'])
  await rm(path)
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['read one', 'failed bad', 'failed ENOENT'])
  await put('one')
  await expect
    .poll(() => told, { timeout: 10_000 })
    .toEqual(['read one', 'failed bad', 'failed ENOENT', 'read one'])
})
