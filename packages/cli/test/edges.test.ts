import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { describe, expect, it } from 'vitest'
import { folder, WORKSPACE } from './_support/folder.ts'
import { runGw } from './_support/gw.ts'

const TIME = Date.UTC(2026, 10, 23, 9)
const line = (number: number, fields: Readonly<Record<string, unknown>>) =>
  `${JSON.stringify({
    level: 30,
    time: TIME + number * 10,
    traceId: 'c'.repeat(32),
    spanId: number.toString(16).padStart(16, 'd'),
    seat: 'hop',
    method: 'GET',
    path: `/orders/${number}`,
    status: 200,
    durationMs: 10,
    ...fields,
    msg: 'exchange',
  })}\n`

const LOG = Array.from({ length: 101 }, (_, number) =>
  line(number, {
    caller: 'checkout',
    service: 'orders',
    route: 'end',
    auth: 'jwt',
    status: number < 10 ? 503 : 200,
  }),
).join('')

describe('gw edges', () => {
  it('prints a table', async () => {
    await using place = await folder({ 'access.log': LOG })
    const { stdout, code } = await runGw(['edges', 'access.log'], { cwd: place.path })
    expect(code).toBe(0)
    expect(stdout).toMatch(/^2026-11-23 08:59:59\.990 to 2026-11-23 09:00:01\.000 \(UTC\)$/m)
    expect(stdout).toMatch(/^checkout +orders +end +hop +jwt +101 +100 +9\.9 % +(10\.0|9\.9\d|10\.1) /m)
  })

  it('prints JSON, Mermaid and DOT, with whatever names there are', async () => {
    const odd = line(1, { caller: 'a"]; x --> y', service: 'end', route: 'b|"c' })
    await using place = await folder({ 'access.log': LOG + odd })
    const as = async (form: string) =>
      (await runGw(['edges', form, 'access.log'], { cwd: place.path })).stdout
    expect(JSON.parse(await as('--json'))).toMatchObject({
      edges: [{ caller: 'checkout', callee: 'orders', calls: 101 }, { callee: 'end' }],
    })
    expect(await as('--mermaid')).toMatch(
      /^flowchart LR\n {2}n1\["checkout"\]\n {2}n2\["orders"\]\n {2}n3\["a#34;#93;#59; x --#62; y"\]\n {2}n4\["end"\]\n {2}n1 -->\|"end, 100\/s, 9\.9 % errors, p95 [\d.]+ ms, jwt"\| n2\n/,
    )
    const dot = await as('--dot')
    expect(dot).toMatch(/^digraph edges \{\n[\s\S]*\n\}\n$/)
    expect(dot).toContain('"a\\"]; x --> y" -> "end"')
  })

  it('leaves out what is not asked for', async () => {
    await using place = await folder({ 'access.log': LOG + line(7, { caller: 'web', service: 'stock' }) })
    const { stdout } = await runGw(['edges', '--service', 'stock', 'access.log'], { cwd: place.path })
    expect(stdout).toContain('stock')
    expect(stdout).not.toContain('orders')
    const none = await runGw(['edges', '--since', '1h', 'access.log'], { cwd: place.path })
    expect(none.stdout).toBe('No exchanges.\n')
  })

  it('says what is wrong with what was asked', async () => {
    await using place = await folder({ 'access.log': LOG })
    const two = await runGw(['edges', '--json', '--dot', 'access.log'], { cwd: place.path })
    expect(two).toMatchObject({ code: 2, stderr: 'Give one of --json, --mermaid and --dot.\n' })
    const none = await runGw(['edges'], { cwd: place.path })
    expect(none).toMatchObject({ code: 2, stderr: /^Give log files or folders/ })
    const help = await runGw(['edges', '--help'], { cwd: place.path })
    for (const option of ['--mermaid', '--dot', '--seat', '--since']) expect(help.stdout).toContain(option)
  })
})

/** Runs work on a log in a process of its own. @returns the most memory that it took, in MiB. */
async function memoryOf(work: string, log: string): Promise<number> {
  const code = `
    const { reconstruct, findTraces, mapEdges, checkContinuity } = await import('@postern/plugin-trace/reconstruct')
    const log = process.argv[1]
    await (${work})
    console.log(process.resourceUsage().maxRSS / 1024)`
  const args = ['--conditions=@postern/source', '--input-type=module', '-e', code, log]
  const { NODE_OPTIONS: _, ...env } = process.env
  const child = spawn(process.execPath, args, {
    cwd: join(WORKSPACE, 'packages/cli'),
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  await once(child, 'close')
  return Number(printed)
}

describe('memory', () => {
  it.each([
    `reconstruct('${'e'.repeat(32)}', [log])`,
    'findTraces([log], { minStatus: 500 })',
    'mapEdges([log])',
    'checkContinuity([log], { maxExchanges: 5000 })',
  ])('does not grow with the log: %s', { timeout: 240_000 }, async (work) => {
    await using place = await folder({})
    const wanted = line(1, { traceId: 'e'.repeat(32) })
    const small = await place.write('small.log', wanted + line(0, {}))
    const big = join(place.path, 'big.log')
    const out = createWriteStream(big)
    for (let part = 0; part < 250; part++) {
      // Every line another trace, path, time and caller; a fifth of them failed.
      const lines = Array.from({ length: 900 }, (_, at) => {
        const number = part * 900 + at
        const traceId = number.toString(16).padStart(32, 'b')
        return line(number, {
          traceId,
          caller: `10.0.${part}.${at % 250}`,
          status: number % 5 ? 200 : 500,
          service: 'orders',
        })
      })
      if (!out.write(lines.join('').concat(part === 249 ? wanted : ''))) await once(out, 'drain')
    }
    out.end()
    await finished(out)
    expect(out.bytesWritten).toBeGreaterThan(45_000_000)
    const grown = (await memoryOf(work, big)) - (await memoryOf(work, small))
    expect(grown).toBeLessThan(120)
  })
})
