import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { startGw } from './_support/gw.ts'
import { STAMP } from './_support/plugins.ts'
import { upstream } from './_support/upstream.ts'

const place = (target: { readonly url: string }) =>
  folder({
    'word.js': "export const word = 'first'\n",
    'stamp.js': STAMP.replace(
      'export const stamp',
      "import { word } from './word.js'\nexport const stamp",
    ).replace('options.text)', 'word)'),
    'gateway.yaml': `listen: { port: 0 }\nupstream: ${target.url}\nplugins: [{ use: ./stamp.js }]\n`,
  })

const stampOf = async (url: string) => {
  const response = await fetch(url, { headers: { connection: 'close' } })
  await response.arrayBuffer()
  return response.headers.get('x-stamp')
}

describe('--watch', () => {
  it('starts a new process when a module of a plugin changes, and keeps the old one when it does not start', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using files = await place(target)
    await using gw = startGw(['start', '--watch'], { cwd: files.path })
    const url = await gw.listening()
    await gw.says(/workers +1 \(pid \d+\)/)
    expect(await stampOf(url)).toBe('first')
    await files.write('word.js', "export const word = 'second'\n")
    await gw.says(/Reloaded gateway\.yaml/)
    expect(await stampOf(url)).toBe('second')
    await files.write('word.js', 'export const word = \n')
    await gw.says(/The plugin cannot be loaded[\s\S]*Not reloaded: still running/)
    expect(await stampOf(url)).toBe('second')
    await files.write('word.js', "export const word = 'third'\n")
    await gw.says(/Reloaded[\s\S]*Reloaded/)
    expect(await stampOf(url)).toBe('third')
    gw.child.kill('SIGTERM')
    expect((await gw.finished).code).toBe(0)
  })
})

describe('--no-watch', () => {
  it('follows no file, and reloads on SIGHUP all the same', async () => {
    await using target = await upstream((_request, response) => response.end('ok'))
    await using files = await place(target)
    await using gw = startGw(['start', '--no-watch'], { cwd: files.path })
    await gw.listening()
    await files.write('gateway.yaml', `listen: { port: 0 }\nupstream: ${target.url}\n`)
    await sleep(400)
    expect(gw.stderr).not.toContain('Reloaded')
    gw.child.kill('SIGHUP')
    await gw.says(/Reloaded gateway\.yaml/)
  })
})
