import { execFile, execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { createGateway } from '@postern/core'
import { createUpstream, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import { send, startGateway } from '../_support/harness.ts'
import { type Line, readLines, tempFolder } from '../_support/lines.ts'

const exchanges = (lines: readonly Line[]) => lines.filter(({ msg }) => msg === 'exchange')
const lostIn = (lines: readonly Line[]) =>
  lines.reduce((sum, { lost }) => sum + (typeof lost === 'number' ? lost : 0), 0)

describe('a file of its own', () => {
  it('has a whole line per exchange, in the order of their ends, and the rest when the gateway closes', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('access.log')
    const gateway = await startGateway([trace({ accessLog: { destination, name: 'edge' } })], {
      upstream: upstream.url,
    })
    for (let i = 0; i < 20; i++) await send(`${gateway.url}/${i}`)
    await gateway.gateway.close()
    const lines = await readLines(destination)
    expect(lines.map(({ path }) => path)).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}`))
    expect(lines[0]).toMatchObject({
      level: 30,
      name: 'edge',
      pid: process.pid,
      plugin: '@postern/plugin-trace',
      msg: 'exchange',
      v: 1,
      route: 'default',
      generation: 1,
      status: 200,
    })
    expect(Math.abs(Number(lines[0]?.['time']) - Date.now())).toBeLessThan(60_000)
    expect(gateway.accessLines()).toEqual([])
    expect((await stat(destination)).mode & 0o007).toBe(0)
  })

  it.skipIf(process.platform !== 'linux')('is not left open by a gateway that closes at once', async () => {
    await using folder = await tempFolder()
    const destination = folder.file('access.log')
    const plugins = () => [trace({ accessLog: { destination } })]
    const gateway = createGateway(plugins(), { logger: false })
    await gateway.reload(plugins(), { logger: false })
    await gateway.close()
    const isOpen = async () => {
      const links = (await readdir('/proc/self/fd')).map((fd) =>
        readlink(`/proc/self/fd/${fd}`).catch(() => ''),
      )
      return (await Promise.all(links)).includes(destination)
    }
    expect(await isOpen()).toBe(false)
    // Longer than lines gather before they are written.
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await isOpen()).toBe(false)
  })

  it.each([
    [
      'ecs',
      { 'trace.id': /^[0-9a-f]{32}$/, '@timestamp': /Z$/, message: /^exchange$/, 'ecs.version': /^8\./ },
    ],
    ['otel', { trace_id: /^[0-9a-f]{32}$/, timestamp: /Z$/, body: /^exchange$/, severity_text: /^INFO$/ }],
  ] as const)('speaks %s', async (format, expected) => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('access.log')
    const gateway = await startGateway([trace({ accessLog: { destination, format } })], {
      upstream: upstream.url,
    })
    await send(`${gateway.url}/7`)
    await gateway.gateway.close()
    const [line] = await readLines(destination)
    for (const [field, pattern] of Object.entries(expected)) expect(String(line?.[field])).toMatch(pattern)
    expect(line).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.path': '/7',
      'client.address': '127.0.0.1',
      'postern.seat': 'hop',
      'postern.v': 1,
    })
  })

  it('is refused at the start when it cannot be written, and the gateway says why', () => {
    const destination = '/nowhere/at/all/access.log'
    expect(() => createGateway([trace({ accessLog: { destination } })], { logger: false })).toThrow(
      expect.objectContaining({
        code: 'GW_PLUGIN_SETUP_FAILED',
        message: expect.stringContaining('/nowhere/at/all/access.log') as string,
      }) as Error,
    )
  })

  it('is opened anew at a reload, and loses nothing over it', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('access.log')
    const plugins = () => [trace({ accessLog: { destination } })]
    const gateway = await startGateway(plugins(), { upstream: upstream.url })
    await send(`${gateway.url}/before`)
    await until(async () => (await readLines(destination)).length === 1, 'the first line')
    await rename(destination, folder.file('access.log.1'))
    await gateway.gateway.reload(plugins(), { upstream: upstream.url, logger: false })
    await send(`${gateway.url}/after`)
    await gateway.gateway.close()
    expect((await readLines(folder.file('access.log.1'))).map(({ path }) => path)).toEqual(['/before'])
    expect((await readLines(destination)).map(({ path }) => path)).toEqual(['/after'])
  })

  it('may be renamed and removed under load, without a reload: no request and no line is harmed', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('access.log')
    const gateway = await startGateway([trace({ accessLog: { destination } })], { upstream: upstream.url })
    let sent = 0
    let isOver = false
    const load = Array.from({ length: 4 }, async () => {
      while (!isOver) expect((await send(`${gateway.url}/${sent++}`)).status).toBe(200)
    })
    const rotated = [1, 2].map((number) => folder.file(`access.log.${number}`))
    for (const name of rotated) {
      await until(async () => exchanges(await readLines(destination)).length > 20, 'lines in the file')
      await rename(destination, name)
      await until(async () => (await stat(destination).catch(() => null)) !== null, 'a new file')
    }
    isOver = true
    await Promise.all(load)
    await gateway.gateway.close()
    const all = await Promise.all([...rotated, destination].map(readLines))
    expect(all.flat().length).toBe(sent)
    await rm(destination)
  })
})

describe('a disk that is full', () => {
  it('harms no request; what was lost is counted and told', async () => {
    await using upstream = await createUpstream()
    const accessLog = { destination: '/dev/full', maxBufferBytes: 65_536 }
    await using gateway = await startGateway([trace({ accessLog })], { upstream: upstream.url })
    const warned = () => gateway.lines.filter(({ level }) => level === 'warn')
    for (let sent = 0; warned().length === 0; sent++) {
      expect((await send(gateway.url)).status).toBe(200)
      expect(sent).toBeLessThan(2_000)
    }
    // More of the same is not told again.
    for (let i = 0; i < 5; i++) expect((await send(gateway.url)).status).toBe(200)
    const warnings = warned()
    expect(warnings).toMatchObject([
      { message: 'Access-log lines are being lost', fields: { destination: '/dev/full', reason: 'ENOSPC' } },
    ])
  })

  it('loses nothing when a file that can be written takes its place', async () => {
    await using upstream = await createUpstream()
    await using folder = await tempFolder()
    const destination = folder.file('access.log')
    await symlink('/dev/full', destination)
    await using gateway = await startGateway([trace({ accessLog: { destination } })], {
      upstream: upstream.url,
    })
    for (let i = 0; i < 3; i++) expect((await send(`${gateway.url}/${i}`)).status).toBe(200)
    // The first try has failed by then, with not a byte written.
    await new Promise((resolve) => setTimeout(resolve, 300))
    await writeFile(folder.file('next.log'), '')
    await rename(folder.file('next.log'), destination)
    const paths = async () => (await readFile(destination, 'utf8')).match(/"path":"[^"]*"/g)
    await expect.poll(paths, { timeout: 10_000 }).toEqual(['"path":"/0"', '"path":"/1"', '"path":"/2"'])
  })

  // Mounting takes rights that not every machine gives.
  it('goes on where it left off when there is room again, with the gap told in the file', async ({
    skip,
  }) => {
    await using folder = await tempFolder()
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder.path], { stdio: 'ignore' })
    } catch {
      skip('tmpfs cannot be mounted here')
    }
    try {
      await using upstream = await createUpstream()
      const destination = folder.file('access.log')
      const accessLog = { destination, maxBufferBytes: 16_384 }
      const gateway = await startGateway([trace({ accessLog })], { upstream: upstream.url })
      let sent = 0
      const lost = () => gateway.lines.some(({ message }) => message === 'Access-log lines are being lost')
      while (!lost()) {
        expect((await send(`${gateway.url}/${sent++}`)).status).toBe(200)
        expect(sent).toBeLessThan(2_000)
      }
      await promisify(execFile)('mount', ['-o', 'remount,size=4m', folder.path])
      const told = () => gateway.lines.some(({ message }) => message === 'Access-log lines were lost')
      await until(told, 'writing to work again')
      await send(`${gateway.url}/${sent++}`)
      await gateway.gateway.close()
      const lines = await readLines(destination)
      expect(lostIn(lines)).toBeGreaterThan(0)
      expect(exchanges(lines).length + lostIn(lines)).toBe(sent)
      expect(lines.at(-1)?.['path']).toBe(`/${sent - 1}`)
    } finally {
      execFileSync('umount', ['-l', folder.path])
    }
  })
})

it('a line that is longer than the buffer is lost, and those after it are not', async () => {
  await using folder = await tempFolder()
  await using upstream = await createUpstream()
  const destination = folder.file('access.log')
  const gateway = await startGateway([trace({ accessLog: { destination, maxBufferBytes: 1_024 } })], {
    upstream: upstream.url,
  })
  await send(`${gateway.url}/${'x'.repeat(2_048)}`)
  await expect
    .poll(async () => {
      await send(`${gateway.url}/short`)
      return (await readLines(destination)).some(({ path }) => path === '/short')
    })
    .toBe(true)
  await gateway.gateway.close()
  expect(lostIn(await readLines(destination))).toBeGreaterThan(0)
})

describe('a pipe', () => {
  it('that nobody reads harms no request, does not hold up the close, and its loss is counted', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('pipe')
    execFileSync('mkfifo', [destination])
    // A reader that is there, and does not read: the pipe fills up.
    const reader = openSync(destination, constants.O_RDONLY | constants.O_NONBLOCK)
    const accessLog = { destination, maxBufferBytes: 16_384 }
    const gateway = await startGateway([trace({ accessLog })], { upstream: upstream.url })
    let sent = 0
    const lost = () => gateway.lines.find(({ message }) => message === 'Access-log lines are being lost')
    while (!lost()) {
      expect((await send(`${gateway.url}/${sent++}`)).status).toBe(200)
      expect(sent).toBeLessThan(5_000)
    }
    expect(lost()?.fields['reason']).toBe('nobody reads the pipe (EAGAIN)')
    const piped = readPiece(reader)
    const told = () => gateway.lines.some(({ message }) => message === 'Access-log lines were lost')
    let text = piped
    await until(() => {
      text += readPiece(reader)
      return told()
    }, 'writing to work again')
    await gateway.gateway.close()
    text += readPiece(reader)
    closeSync(reader)
    const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
    expect(lostIn(lines)).toBeGreaterThan(0)
    expect(exchanges(lines).length + lostIn(lines)).toBe(sent)
  })

  it('without any reader is waited for, and not for ever', async () => {
    await using folder = await tempFolder()
    await using upstream = await createUpstream()
    const destination = folder.file('pipe')
    execFileSync('mkfifo', [destination])
    const gateway = await startGateway([trace({ accessLog: { destination } })], { upstream: upstream.url })
    for (let i = 0; i < 3; i++) expect((await send(gateway.url)).status).toBe(200)
    await gateway.gateway.close()
    expect(gateway.lines).toMatchObject([
      { level: 'warn', fields: { reason: 'nobody reads the pipe (ENXIO)' } },
    ])
  })
})

/** What is in a pipe now. */
function readPiece(descriptor: number): string {
  const piece = Buffer.alloc(1 << 20)
  try {
    return piece.toString('utf8', 0, readSync(descriptor, piece))
  } catch {
    return ''
  }
}
