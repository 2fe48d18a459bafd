import { Client } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askAdmin } from '../_support/admin.ts'
import { type Folder, folder } from '../_support/folder.ts'
import { type Running, startGw } from '../_support/gw.ts'
import { WHERE } from '../_support/plugins.ts'
import { type Upstream, upstream } from '../_support/upstream.ts'

const config = (target: Upstream, options: string, more = ''): string =>
  `listen: { port: 0 }\nadmin: { port: 0 }\nupstream: ${target.url}\n${more}plugins:\n  - use: ./where.js\n    options: { ${options} }\n`

const place = (target: Upstream, options = 'text: first', more = ''): Promise<Folder> =>
  folder({ 'where.js': WHERE, 'gateway.yaml': config(target, options, more) })

/** What the workers say in turn: each request has a connection of its own. */
async function seen(url: string, header: string, times = 24): Promise<Set<string | null>> {
  const found = new Set<string | null>()
  for (let count = 0; count < times; count++) {
    const response = await fetch(url, { headers: { connection: 'close' } })
    await response.arrayBuffer()
    found.add(response.headers.get(header))
  }
  return found
}

const pidsIn = (gw: Running): number[] =>
  (/workers +\d+ \(pid ([\d, ]+)\)/.exec(gw.stderr)?.[1] ?? '').split(', ').map(Number)

const adminOf = (gw: Running): string => /admin +(\S+)/.exec(gw.stderr)?.[1] ?? ''

/** The workers that listen. */
const workersOf = async (gw: Running): Promise<{ worker: number; pid: number }[]> => {
  const { data } = await askAdmin(adminOf(gw), '/generation')
  return (data as { workers: { worker: number; pid: number }[] }).workers
}

const workersListening = async (gw: Running): Promise<number> => (await workersOf(gw)).length

const pidOf = async (gw: Running, wanted: number): Promise<number> =>
  (await workersOf(gw)).find(({ worker }) => worker === wanted)?.pid ?? 0

/** A client with one connection, and so with one worker. */
interface Lane {
  pid: string
  done: number
  readonly failed: string[]
  readonly wrong: string[]
}

/** Sends one request after the other, as long as `going` says. */
async function drive(url: string, name: string, lane: Lane, going: () => boolean): Promise<void> {
  const client = new Client(url)
  for (let count = 0; going(); count++) {
    try {
      const { statusCode, headers, body } = await client.request({ path: `/${name}/${count}`, method: 'GET' })
      const text = await body.text()
      if (statusCode !== 200 || text !== `/${name}/${count}`) lane.wrong.push(`${statusCode} ${text}`)
      lane.pid = String(headers['x-pid'])
      lane.done++
    } catch {
      lane.failed.push(lane.pid)
    }
  }
  await client.close()
}

/** A machine that does much else starts a process slowly. */
const WAIT = { timeout: 40_000 }

describe('a gateway of three workers', () => {
  let target: Upstream
  let files: Folder
  let gw: Running
  let url: string
  beforeAll(async () => {
    target = await upstream((request, response) => void setTimeout(() => response.end(request.url), 5))
    files = await place(target)
    gw = startGw(['start', '--workers', '3'], { cwd: files.path })
    url = await gw.listening()
    await gw.says(/workers +3 \(pid \d+, \d+, \d+\)/)
  })
  afterAll(async () => {
    await gw[Symbol.asyncDispose]()
    await files[Symbol.asyncDispose]()
    await target[Symbol.asyncDispose]()
  })

  it('a worker killed under load loses the requests that it had, and no other', async () => {
    let going = true
    const lanes = Array.from({ length: 24 }, (): Lane => ({ pid: '', done: 0, failed: [], wrong: [] }))
    const driven = lanes.map((lane, index) => drive(url, `lane-${index}`, lane, () => going))
    const allHaveDone = (more: number) => {
      const before = lanes.map(({ done }) => done)
      return expect
        .poll(() => lanes.every(({ done }, index) => done >= (before[index] ?? 0) + more), WAIT)
        .toBe(true)
    }
    await allHaveDone(3)
    const killed = lanes[0]?.pid ?? ''
    process.kill(Number(killed), 'SIGKILL')
    await gw.says(new RegExp(`Worker \\d \\(pid ${killed}\\) died \\(SIGKILL\\): another starts in`))
    await allHaveDone(3)
    going = false
    await Promise.all(driven)
    expect(lanes.flatMap(({ wrong }) => wrong)).toEqual([])
    // Each lane had one request under way at most, and named its worker before.
    expect(new Set(lanes.flatMap(({ failed }) => failed))).toEqual(new Set([killed]))
    expect(lanes.every(({ failed }) => failed.length <= 1)).toBe(true)
    await expect.poll(() => workersListening(gw), WAIT).toBe(3)
  })

  it('keeps what a dead worker has counted', async () => {
    const counted = async () =>
      Number(/^postern_exchanges_total (\d+)$/m.exec((await askAdmin(adminOf(gw), '/metrics')).text)?.[1])
    await seen(url, 'x-pid')
    const before = await counted()
    const killed = await pidOf(gw, 1)
    process.kill(killed, 'SIGKILL')
    await gw.says(new RegExp(`Worker 1 \\(pid ${killed}\\) died`))
    expect(await counted()).toBe(before)
    await expect.poll(() => workersListening(gw), WAIT).toBe(3)
    const { text } = await askAdmin(adminOf(gw), '/metrics')
    expect(text).toMatch(/^postern_workers_wanted 3$/m)
    expect(text).toMatch(/^postern_workers_listening 3$/m)
    expect(text).toMatch(/^postern_workers_replaced_total 2$/m)
  })

  it('a file that is not valid changes nothing, and a worker that dies then comes back with what runs', async () => {
    await files.write('gateway.yaml', config(target, 'text: 5'))
    await gw.says(/gateway\.yaml:6:22 {2}plugins\[0\]\.options\.text: [\s\S]*Not reloaded: still running/)
    const killed = await pidOf(gw, 3)
    process.kill(killed, 'SIGKILL')
    await gw.says(new RegExp(`Worker 3 \\(pid ${killed}\\) died`))
    await expect.poll(() => workersListening(gw), WAIT).toBe(3)
    expect(await seen(url, 'x-text')).toEqual(new Set(['first']))
  })

  it('a reload reaches all, those too that were started meanwhile', async () => {
    await files.write('gateway.yaml', config(target, 'text: second'))
    await gw.says(/Reloaded gateway\.yaml/)
    expect(await seen(url, 'x-text')).toEqual(new Set(['second']))
    const { data } = await askAdmin(adminOf(gw), '/where?of=a&of=b')
    expect((data as { workers: { data: unknown }[] }).workers.map((one) => one.data)).toEqual(
      Array.from({ length: 3 }, () => ({ of: ['a', 'b'], text: 'second' })),
    )
  })

  it('goes back everywhere when one worker refuses the new configuration', async () => {
    // Ids of processes count on: 1 to 3, and one for each that was replaced.
    await files.write('gateway.yaml', config(target, 'text: third, refusesIn: 6'))
    await gw.says(/not in this worker[\s\S]*Not reloaded: still running/)
    expect(await seen(url, 'x-text')).toEqual(new Set(['second']))
  })

  it('SIGTERM to one worker lets it finish, and another takes its place at once', async () => {
    const pid = await pidOf(gw, 1)
    process.kill(pid, 'SIGTERM')
    await gw.says(new RegExp(`Worker 1 \\(pid ${pid}\\) drained and ended: another starts in 0\\.0 s`))
    await expect.poll(() => workersListening(gw), WAIT).toBe(3)
  })
})

describe('the end of workers', () => {
  it('SIGTERM finishes what runs in all of them, and readiness is gone at once', async () => {
    const arrived = Promise.withResolvers<void>()
    await using target = await upstream((_request, response) => {
      arrived.resolve()
      setTimeout(() => response.end('slow'), 1_000)
    })
    await using files = await place(target)
    await using gw = startGw(['start', '--workers', '2'], { cwd: files.path })
    const url = await gw.listening()
    await gw.says(/workers +2/)
    expect((await askAdmin(adminOf(gw), '/readyz')).data).toEqual({ ready: true, reasons: [] })
    const running = fetch(url)
    await arrived.promise
    gw.child.kill('SIGTERM')
    await gw.says(/SIGTERM: finishing what runs/)
    const { status, data } = await askAdmin(adminOf(gw), '/readyz')
    expect([status, data]).toEqual([503, { ready: false, reasons: ['The gateway is shutting down'] }])
    expect(await (await running).text()).toBe('slow')
    expect((await gw.finished).code).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('workers finish what runs and end when their primary is gone', async () => {
    const arrived = Promise.withResolvers<void>()
    await using target = await upstream((_request, response) => {
      arrived.resolve()
      setTimeout(() => response.end('slow'), 500)
    })
    await using files = await place(target)
    await using gw = startGw(['start', '--workers', '2'], { cwd: files.path })
    const url = await gw.listening()
    await gw.says(/workers +2/)
    const running = fetch(url)
    await arrived.promise
    gw.child.kill('SIGKILL')
    expect(await (await running).text()).toBe('slow')
    for (const pid of pidsIn(gw)) await expect.poll(() => isAlive(pid), WAIT).toBe(false)
  })

  it('gives up with 1 when no worker ever starts', async () => {
    await using target = await upstream((_request, response) => response.end())
    await using files = await place(target, 'endsIn: 0')
    await using gw = startGw(['start', '--workers', '2'], { cwd: files.path })
    const { code, stderr } = await gw.finished
    expect(stderr).toMatch(/Worker 1 \(pid \d+\) died \(code 7\): another starts in 0\.[12] s/)
    expect(stderr).toContain('No worker has started in 5 attempts: giving up')
    expect(stderr).not.toContain('listening on')
    expect(code).toBe(1)
  })

  it('says once what is wrong with the file, and exits with 2', async () => {
    await using target = await upstream((_request, response) => response.end())
    await using files = await place(target, 'text: 5')
    await using gw = startGw(['start', '--workers', '3'], { cwd: files.path })
    const { code, stderr } = await gw.finished
    expect(stderr.match(/gateway\.yaml:6:22/g)).toHaveLength(1)
    expect(stderr).not.toContain('died')
    expect(code).toBe(2)
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
