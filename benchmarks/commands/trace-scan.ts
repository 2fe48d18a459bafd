import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import manifest from '@postern/cli/package.json' with { type: 'json' }
import type { Command, CommandScenario, Commands } from './scenario.ts'

const run = promisify(execFile)

/** Size of the log, in bytes. */
const BYTES = Number(process.env['TRACE_SCAN_BYTES'] ?? 1_000_000_000)
/** Lines of the wanted trace: two at the end, so that nobody who reads less finds all. */
const WANTED = 5
const LINES_PER_WRITE = 4_000
const START_MS = Date.UTC(2026, 10, 24)

/** Finding one trace in a log of a gigabyte: `gw trace` beside `grep -F`, which only has to print the lines. */
export const traceScan: CommandScenario = {
  name: 'trace-scan',
  description: `gw trace beside grep -F, each started anew, on an access log of ${(BYTES / 1e6).toFixed(0)} MB in the page cache`,
  prepareSeconds: BYTES / 50e6,
  async prepare(folder): Promise<Commands> {
    const log = join(folder, 'access.log')
    const wanted = idOf('wanted', 32)
    const bytes = await writeLog(log, wanted)
    const ours: Command = {
      name: 'gw-trace',
      file: process.execPath,
      args: [builtGw(), 'trace', wanted, log, '--json'],
    }
    const peer: Command = { name: 'grep', file: 'grep', args: ['-F', wanted, log] }
    await prove(ours, peer)
    return { bytes, ours, peer }
  },
}

async function writeLog(file: string, wanted: string): Promise<number> {
  await using handle = await open(file, 'wx')
  let bytes = 0
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    const text = lines.join('')
    bytes += Buffer.byteLength(text)
    lines = []
    await handle.write(text)
  }
  for (let number = 0; bytes < BYTES; number++) {
    lines.push(lineOf(number, idOf(`trace ${number >> 2}`, 32)))
    if (lines.length === LINES_PER_WRITE) await flush()
  }
  for (let number = 0; number < WANTED; number++) lines.push(lineOf(-1 - number, wanted))
  await flush()
  return bytes
}

/** A line as a gateway writes it. The same number gives the same line on every machine. */
function lineOf(number: number, traceId: string): string {
  return `${JSON.stringify({
    level: 30,
    time: START_MS + number * 3,
    pid: 4711,
    hostname: 'gw-1',
    name: 'postern',
    plugin: '@postern/plugin-trace',
    route: 'orders',
    service: 'orders',
    traceId,
    spanId: idOf(`span ${number}`, 16),
    parentSpanId: idOf(`parent ${number}`, 16),
    exchangeId: idOf(`exchange ${number}`, 32),
    seat: 'hop',
    caller: 'svc-checkout',
    method: 'GET',
    path: `/orders/${number}`,
    status: 200,
    upstream: 'http://10.0.3.7:4000',
    requestBytes: 0,
    responseBytes: 105,
    durationMs: 4.213,
    gatewayMs: 0.107,
    upstreamMs: 3.001,
    msg: 'exchange',
  })}\n`
}

function idOf(text: string, digits: number): string {
  return createHash('md5').update(text).digest('hex').slice(0, digits)
}

/** `gw` as users get it. */
function builtGw(): string {
  return fileURLToPath(new URL(manifest.bin.gw, import.meta.resolve('@postern/cli/package.json')))
}

async function prove(ours: Command, peer: Command): Promise<void> {
  const [tree, lines] = await Promise.all([ours, peer].map(({ file, args }) => run(file, args)))
  const { exchanges } = JSON.parse(tree?.stdout ?? '{}') as { readonly exchanges?: number }
  const found = lines?.stdout.trimEnd().split('\n').length
  if (exchanges !== WANTED || found !== WANTED)
    throw new Error(`gw trace found ${exchanges} exchanges and grep ${found} lines of ${WANTED}`)
}
