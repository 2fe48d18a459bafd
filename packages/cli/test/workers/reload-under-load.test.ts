import { Pool } from 'undici'
import { expect, it } from 'vitest'
import { askAdmin } from '../_support/admin.ts'
import { folder } from '../_support/folder.ts'
import { startGw } from '../_support/gw.ts'
import { upstream } from '../_support/upstream.ts'

const ROUTES = 1_000

const config = (target: string, version: number): string =>
  JSON.stringify({
    listen: { port: 0 },
    admin: { port: 0 },
    // Not the machine's slowness is the question.
    timeouts: { connectMs: 30_000 },
    plugins: [
      {
        use: '@postern/plugin-routing',
        options: {
          services: { all: { endpoints: [target] } },
          routes: Array.from({ length: ROUTES }, (_, index) => ({
            match: { path: `/r${index}` },
            to: 'all',
            id: `v${version}-${index}`,
          })),
        },
      },
    ],
  })

it(`reloads ${ROUTES} routes in two workers under load without failing a request`, async () => {
  await using target = await upstream((request, response) => response.end(request.url))
  await using files = await folder({ 'gateway.json': config(target.url, 0) })
  await using gw = startGw(['start', '--workers', '2', '--no-watch'], { cwd: files.path })
  const url = await gw.listening()
  const [, admin = ''] = await gw.says(/admin +(\S+)/)
  const pool = new Pool(url, { connections: 16 })
  const failed: string[] = []
  const [quiet, reloading]: [number[], number[]] = [[], []]
  let times = quiet
  let going = true
  const lanes = Array.from({ length: 16 }, async (_, lane) => {
    for (let count = lane; going; count += 16) {
      const path = `/r${count % ROUTES}`
      const into = times
      const startedMs = performance.now()
      try {
        const { statusCode, body } = await pool.request({ path, method: 'GET' })
        const text = await body.text()
        if (statusCode !== 200 || text !== path) failed.push(`${path}: ${statusCode} ${text}`)
        into.push(performance.now() - startedMs)
      } catch (error) {
        failed.push(`${path}: ${String(error)}`)
      }
    }
  })
  const done = (): number => quiet.length + reloading.length
  await expect.poll(done, { timeout: 30_000 }).toBeGreaterThan(100)
  for (let version = 1; version <= 2; version++) {
    times = reloading
    await files.write('gateway.json', config(target.url, version))
    gw.child.kill('SIGHUP')
    await gw.says(new RegExp(`(?:Reloaded[\\s\\S]*){${version}}`))
    times = quiet
    const before = done()
    await expect.poll(done, { timeout: 30_000 }).toBeGreaterThan(before + 100)
  }
  going = false
  await Promise.all(lanes)
  await pool.close()
  expect(failed).toEqual([])
  expect(reloading.length).toBeGreaterThan(10)
  const { data } = await askAdmin(admin, '/routes')
  const ids = (data as { workers: { data: { id: string }[] }[] }).workers.map((one) => one.data[1]?.id)
  expect(ids).toEqual(['v2-0', 'v2-0'])
  console.log(
    `${quiet.length + reloading.length} requests, 0 failed; p99 ${p99(quiet)} ms between reloads, ${p99(reloading)} ms during 2 of them`,
  )
}, 120_000)

function p99(times: readonly number[]): string {
  const sorted = [...times].sort((one, other) => one - other)
  return (sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1)
}
