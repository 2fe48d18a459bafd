import { mkdir, readFile, rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { watchConfig, watchFiles } from '../src/start/watch.ts'
import { folder } from './_support/folder.ts'

const watched = (file: string) => {
  let calls = 0
  const watcher = watchConfig(
    file,
    () => calls++,
    (reason) => expect.fail(reason),
  )
  return { [Symbol.dispose]: watcher.close, calls: () => calls, close: watcher.close }
}

describe('watching the configuration', () => {
  it('sees a burst of writes as one change', async () => {
    await using place = await folder({ 'gateway.yaml': 'a: 1\n' })
    using watcher = watched(join(place.path, 'gateway.yaml'))
    for (let step = 0; step < 5; step++) await place.write('gateway.yaml', `a: ${step}\n`)
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(1)
    await sleep(300)
    expect(watcher.calls()).toBe(1)
  })

  it('does not mind other files of the folder', async () => {
    await using place = await folder({ 'gateway.yaml': 'a: 1\n' })
    using watcher = watched(join(place.path, 'gateway.yaml'))
    await place.write('other.yaml', 'b: 1\n')
    await sleep(400)
    expect(watcher.calls()).toBe(0)
  })

  it('sees the link that Kubernetes swaps when a ConfigMap changes', async () => {
    await using place = await folder({ '..v1/gateway.yaml': 'a: 1\n', '..v2/gateway.yaml': 'a: 2\n' })
    const file = join(place.path, 'gateway.yaml')
    await symlink('..v1', join(place.path, '..data'), 'junction')
    await symlink(join('..data', 'gateway.yaml'), file)
    using watcher = watched(file)
    await symlink('..v2', join(place.path, '..data_tmp'), 'junction')
    await rename(join(place.path, '..data_tmp'), join(place.path, '..data'))
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(1)
    expect(await readFile(file, 'utf8')).toBe('a: 2\n')
  })

  it('sees a change of the file that a link leads to', async () => {
    await using place = await folder({ 'home/gateway.yaml': 'a: 1\n', 'etc/other.yaml': '' })
    await symlink(join('..', 'home', 'gateway.yaml'), join(place.path, 'etc', 'gateway.yaml'))
    using watcher = watched(join(place.path, 'etc', 'gateway.yaml'))
    await place.write('home/gateway.yaml', 'a: 2\n')
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(1)
  })

  it('sees that a link on the way to the file was swapped, and then what is written behind it', async () => {
    await using place = await folder({ 'v1/gateway.yaml': 'a: 1\n', 'v2/gateway.yaml': 'a: 2\n' })
    await place.link('v1', 'current')
    const file = join(place.path, 'current', 'gateway.yaml')
    using watcher = watched(file)
    await place.link('v2', 'current')
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(1)
    await place.write('v2/gateway.yaml', 'a: 3\n')
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(2)
  })

  it('sees a file that was away come back', async () => {
    await using place = await folder({ 'v1/gateway.yaml': 'a: 1\n' })
    await place.link('v1', 'current')
    using watcher = watched(join(place.path, 'current', 'gateway.yaml'))
    await place.link('v2', 'current')
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBe(1)
    await place.write('v2/gateway.yaml', 'a: 2\n')
    await expect.poll(watcher.calls, { timeout: 5_000 }).toBeGreaterThan(1)
  })

  it('says nothing more after it was closed', async () => {
    await using place = await folder({ 'gateway.yaml': 'a: 1\n' })
    const watcher = watched(join(place.path, 'gateway.yaml'))
    await unlink(join(place.path, 'gateway.yaml'))
    watcher.close()
    await mkdir(join(place.path, 'gateway.yaml'))
    await sleep(300)
    expect(watcher.calls()).toBe(0)
  })
})

describe('watching several files', () => {
  it('sees at once that a file which is new here came after it was looked for', async () => {
    await using place = await folder({ 'gateway.yaml': 'a: 1\n' })
    let calls = 0
    const watcher = watchFiles(
      () => calls++,
      (_file, reason) => expect.fail(reason),
    )
    const secret = join(place.path, 'secret')
    watcher.follow([join(place.path, 'gateway.yaml')], Date.now() + 60_000)
    const lookedMs = Date.now()
    await place.write('secret', 'here')
    watcher.follow([join(place.path, 'gateway.yaml'), secret], lookedMs)
    expect(calls).toBe(1)
    // From now on it is known.
    watcher.follow([join(place.path, 'gateway.yaml'), secret], lookedMs)
    expect(calls).toBe(1)
    watcher.close()
  })
})
