import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Folder, folder } from './_support/folder.ts'
import { startGw } from './_support/gw.ts'
import { STAMP } from './_support/plugins.ts'
import { type Upstream, upstream } from './_support/upstream.ts'

const config = (target: Upstream, text: string, more = ''): string =>
  `listen: { port: 0 }\nupstream: ${target.url}\nplugins:\n  - use: ./stamp.js\n    options: { text: ${text} }\n${more}`

const place = (target: Upstream, more = ''): Promise<Folder> =>
  folder({ 'stamp.js': STAMP, 'gateway.yaml': config(target, 'first', more) })

const stampOf = async (url: string): Promise<string | null> => {
  const response = await fetch(url)
  await response.arrayBuffer()
  return response.headers.get('x-stamp')
}

const fast = () => upstream((_request, response) => response.end('ok'))

describe('ending', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes a running request, refuses new ones and exits with 0',
    async (signal) => {
      const arrived = Promise.withResolvers<void>()
      await using target = await upstream((_request, response) => {
        arrived.resolve()
        setTimeout(() => response.end('slow'), 600)
      })
      await using files = await place(target)
      await using gw = startGw(['start'], { cwd: files.path })
      const url = await gw.listening()
      const running = fetch(url)
      await arrived.promise
      gw.child.kill(signal)
      await gw.says(new RegExp(`${signal}: finishing what runs`))
      expect(await (await running).text()).toBe('slow')
      expect((await gw.finished).code).toBe(0)
      await expect(fetch(url)).rejects.toThrow()
    },
  )

  it('cuts what still runs after drain.graceMs', async () => {
    const arrived = Promise.withResolvers<void>()
    await using target = await upstream(() => arrived.resolve())
    await using files = await place(target, 'drain: { graceMs: 200 }\n')
    await using gw = startGw(['start'], { cwd: files.path })
    const running = fetch(await gw.listening()).then(
      (response) => response.status,
      () => 'cut',
    )
    await arrived.promise
    gw.child.kill('SIGTERM')
    expect(await running).toSatisfy((outcome) => outcome === 'cut' || outcome === 503)
    expect((await gw.finished).code).toBe(0)
  })

  it('takes the SIGINT that npm passes on for the one that the terminal has sent', async () => {
    const arrived = Promise.withResolvers<void>()
    await using target = await upstream((_request, response) => {
      arrived.resolve()
      setTimeout(() => response.end('slow'), 400)
    })
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const running = fetch(await gw.listening())
    await arrived.promise
    gw.child.kill('SIGINT')
    gw.child.kill('SIGINT')
    expect(await (await running).text()).toBe('slow')
    expect((await gw.finished).code).toBe(0)
  })

  it('a second signal ends it at once with 1', async () => {
    const arrived = Promise.withResolvers<void>()
    await using target = await upstream(() => arrived.resolve())
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    void fetch(await gw.listening()).catch(() => undefined)
    await arrived.promise
    gw.child.kill('SIGTERM')
    await gw.says(/SIGTERM: finishing/)
    const before = performance.now()
    gw.child.kill('SIGTERM')
    expect((await gw.finished).code).toBe(1)
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})

describe('reloading', () => {
  it('SIGHUP switches to the new file without losing a request', async () => {
    await using target = await upstream((_request, response) => void setTimeout(() => response.end('ok'), 5))
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    let going = true
    const seen = new Map<string | null, number>()
    const load = Array.from({ length: 8 }, async () => {
      while (going) {
        const stamp = await stampOf(url)
        seen.set(stamp, (seen.get(stamp) ?? 0) + 1)
      }
    })
    await sleep(100)
    await files.write('gateway.yaml', config(target, 'second'))
    gw.child.kill('SIGHUP')
    await gw.says(/Reloaded gateway\.yaml at \d\d:\d\d:\d\d/)
    await sleep(100)
    going = false
    await Promise.all(load)
    expect([...seen.keys()]).toEqual(['first', 'second'])
    expect(await stampOf(url)).toBe('second')
  })

  it('follows a change of the file, also when an editor puts another file in its place', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.yaml', config(target, 'written'))
    await gw.says(/Reloaded/)
    expect(await stampOf(url)).toBe('written')
    await files.write('gateway.yaml.new', config(target, 'renamed'))
    await rename(join(files.path, 'gateway.yaml.new'), join(files.path, 'gateway.yaml'))
    await gw.says(/Reloaded[\s\S]*Reloaded/)
    expect(await stampOf(url)).toBe('renamed')
  })

  it('follows a change that comes while it reloads', async () => {
    await using target = await fast()
    await using files = await folder({ 'stamp.js': STAMP, 'package.json': '{"type":"module"}' })
    const file = join(files.path, 'gateway.mjs')
    const text = (stamp: string, more = '') =>
      `${more}export const config = { listen: { port: 0 }, upstream: '${target.url}', plugins: [{ use: './stamp.js', options: { text: '${stamp}' } }] }\n`
    await files.write('gateway.mjs', text('first'))
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    // The second one writes the third when it is loaded: in the middle of its own reload.
    const writesNext = `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(file)}, ${JSON.stringify(text('third'))})\n`
    await files.write('gateway.mjs', text('second', writesNext))
    await gw.says(/Reloaded/)
    await expect.poll(() => stampOf(url), { timeout: 10_000 }).toBe('third')
  })

  it('keeps running the old configuration when the new one is bad, and says where and since when', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.yaml', config(target, '5', 'upstraem: x\n'))
    await gw.says(/still running the configuration of \d\d:\d\d:\d\d/)
    expect(gw.stderr).toContain('gateway.yaml:5:22  plugins[0].options.text: ')
    expect(gw.stderr).toContain(
      'gateway.yaml:6:1  upstraem: Unknown key "upstraem": did you mean "upstream"?',
    )
    expect(await stampOf(url)).toBe('first')
    await files.write('gateway.yaml', config(target, 'mended'))
    await gw.says(/Reloaded/)
    expect(await stampOf(url)).toBe('mended')
  })

  it('takes over a configuration as soon as the secret that it names is there', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.yaml', config(target, '{ file: secrets/text }'))
    await gw.says(/The file secrets\/text does not exist[\s\S]*still running the configuration of/)
    await files.write('secrets/text', 'kept secret\n')
    await gw.says(/Reloaded/)
    expect(await stampOf(url)).toBe('kept secret')
  })

  it('keeps running when the file is gone', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await rename(join(files.path, 'gateway.yaml'), join(files.path, 'away.yaml'))
    await gw.says(/gateway\.yaml cannot be read[\s\S]*still running the configuration of/)
    expect(await stampOf(url)).toBe('first')
  })

  it('keeps running when the new plugins do not fit together', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.yaml', `${config(target, 'second')}  - use: ./stamp.js\n`)
    await gw.says(/gateway\.yaml:6:10 {2}plugins\[1\]\.use: [\s\S]*still running the configuration of/)
    expect(await stampOf(url)).toBe('first')
  })

  it('reloads a TypeScript configuration', async () => {
    await using target = await fast()
    const text = (stamp: string) =>
      `export const config = { listen: { port: 0 }, upstream: '${target.url}', plugins: [{ use: './stamp.js', options: { text: '${stamp}' } }] }\n`
    await using files = await folder({
      'package.json': '{"type":"module"}',
      'stamp.js': STAMP,
      'gateway.ts': text('first'),
    })
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.ts', text('second'))
    await gw.says(/Reloaded/)
    expect(await stampOf(url)).toBe('second')
  })

  it('says that another listen address needs a restart', async () => {
    await using target = await fast()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('gateway.yaml', config(target, 'second').replace('port: 0', 'port: 8081'))
    await gw.says(/listen address 127\.0\.0\.1:8081 is ignored until a restart; still listening on/)
    expect(await stampOf(url)).toBe('second')
  })
})
