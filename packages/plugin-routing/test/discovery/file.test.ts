/** Endpoints from a file, replaced in every way in which editors and Kubernetes do it. */
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@postern/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileSource } from '../../src/discovery/file/file-source.ts'
import { FileWatch } from '../../src/discovery/file/file-watch.ts'
import { listenTo } from './_listener.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postern-file-'))
  path = join(folder, 'endpoints.json')
})
afterEach(() => rm(folder, { recursive: true }))

const LONG_MS = 3_600_000
const write = (...urls: string[]) => writeFile(path, JSON.stringify(urls))
const watchFile = (pollMs = LONG_MS) => listenTo(new FileSource({ path, pollMs }))

describe('a change is seen', () => {
  it('when the file is written', async () => {
    await write('http://a')
    await using watch = watchFile()
    await until(() => watch.updates.length > 0, 'the first list')
    expect(watch.updates[0]).toEqual(['http://a'])
    await write('http://a', 'http://b')
    await until(() => watch.updates.at(-1)?.length === 2, 'the second list')
  })

  it('when another file takes its place, again and again', async () => {
    await write('http://a')
    await using watch = watchFile()
    for (let i = 0; i < 5; i++) {
      await writeFile(`${path}.new`, JSON.stringify([`http://b${i}`]))
      await rename(`${path}.new`, path)
      await until(() => watch.updates.at(-1)?.[0] === `http://b${i}`, 'the new list')
    }
    expect(watch.failures).toEqual([])
  })

  it('when Kubernetes replaces the folder that a link leads to', async () => {
    const version = async (name: string, url: string): Promise<void> => {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'endpoints.json'), JSON.stringify([url]))
      await symlink(name, join(folder, '..data.new'))
      await rename(join(folder, '..data.new'), join(folder, '..data'))
    }
    await version('..1', 'http://a')
    await symlink('..data/endpoints.json', path)
    await using watch = watchFile()
    await until(() => watch.updates.at(-1)?.[0] === 'http://a', 'the first list')
    await version('..2', 'http://b')
    await until(() => watch.updates.at(-1)?.[0] === 'http://b', 'the second list')
  })

  it('by a look now and then where the system tells of nothing', async () => {
    const link = join(folder, 'link')
    for (const name of ['1', '2']) {
      await mkdir(join(folder, name))
      await writeFile(join(folder, name, 'endpoints.json'), JSON.stringify([`http://${name}`]))
    }
    await symlink('1', link)
    path = join(link, 'endpoints.json')
    await using watch = watchFile(20)
    await until(() => watch.updates.at(-1)?.[0] === 'http://1', 'the first list')
    await symlink('2', `${link}.new`)
    await rename(`${link}.new`, link)
    await until(() => watch.updates.at(-1)?.[0] === 'http://2', 'the second list')
    // Looks that find nothing new tell nothing.
    expect(watch.updates).toHaveLength(2)
  })

  it('when the file, and its folder, come later', async () => {
    path = join(folder, 'later', 'endpoints.json')
    await using watch = watchFile(20)
    await until(() => watch.failures.length > 0, 'the failure')
    await mkdir(join(folder, 'later'))
    await write('http://a')
    await until(() => watch.updates.at(-1)?.[0] === 'http://a', 'the list')
  })
})

describe('a file that cannot be read', () => {
  it.each([
    ['what is not JSON', '[ "-----BEGIN PRIVATE KEY-----', 'it is not JSON'],
    ['a file that is too large', `["${'a'.repeat(9_000_000)}"]`, 'it is larger than 8388608 bytes'],
  ])('is told of, without what it says: %s', async (_, content, why) => {
    await writeFile(path, content)
    await using watch = watchFile()
    await until(() => watch.failures.length > 0, 'the failure')
    expect(watch.failures).toEqual([`${path}: ${why}`])
    await write('http://a')
    await until(() => watch.updates.length > 0, 'the list')
  })

  it('that is half written for a moment is not told of', async () => {
    await write('http://a')
    const texts: string[] = []
    const failures: Error[] = []
    const reader = {
      read(text: string): void {
        texts.push(text)
        if (text === '[') throw new Error('half')
      },
      failed: (error: Error) => void failures.push(error),
    }
    const watch = new FileWatch(path, LONG_MS, reader, LONG_MS)
    await until(() => texts.length > 0, 'the first list')
    await writeFile(path, '[')
    await until(() => texts.at(-1) === '[', 'the half list')
    await write('http://b')
    await until(() => texts.at(-1)?.includes('b') === true, 'the second list')
    expect(failures).toEqual([])
    watch.close()
  })
})

describe('YAML', () => {
  const writeYaml = async (name: string, text: string) => {
    path = join(folder, name)
    await writeFile(path, text)
  }

  it.each(['endpoints.yaml', 'endpoints.yml', 'endpoints.YML'])('is read from %s', async (name) => {
    await writeYaml(name, '# in two zones\n- http://a\n- { url: http://b, weight: 3, zone: x }\n')
    await using watch = watchFile()
    await until(() => watch.updates.length > 0, 'the first list')
    expect(watch.updates[0]).toEqual(['http://a', 'http://b x3'])
    await writeFile(path, '- http://c\n')
    await until(() => watch.updates.at(-1)?.[0] === 'http://c', 'the second list')
  })

  it.each([
    ['half a line', '- http://10.0.0.1:4001\n- http://10.0.', 'half written'],
    ['no YAML', '- [secret\n', 'it is not YAML'],
    ['two documents', '- http://a\n---\n- http://b\n', 'it is not YAML'],
    [
      'aliases without end',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(20)}]\nc: [${'*b,'.repeat(20)}]\n`,
      'it is not YAML',
    ],
    ['YAML by a name for JSON', '- http://a\n', 'it is not JSON', 'endpoints.conf'],
  ])('is refused: %s', async (_, text, message, name = 'endpoints.yaml') => {
    await writeYaml(name, text)
    await using watch = watchFile(20)
    await until(() => watch.failures.length > 0, 'the failure')
    expect(watch.failures[0]).toContain(message)
    expect(watch.failures[0]).not.toContain('secret')
    expect(watch.updates).toEqual([])
  })
})
