/** Lines as gateways write them, in every format, by every way, and behind what runtimes put around them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '@postern/core/testing'
import pino from 'pino'
import { describe, expect, it } from 'vitest'
import type { FormatName } from '../../src/access-log/formats.ts'
import { reconstruct, type TraceNode } from '../../src/reconstruct.ts'
import { logFolder } from '../_support/logs.ts'
import { type ChainParts, CLIENT, startServices, TRACE } from '../_support/seat-chain.ts'

const FORMATS: readonly FormatName[] = ['postern', 'ecs', 'otel']

/** How the lines get into a file: `parts` of a gateway whose file it is. */
const WAYS: Readonly<Record<string, (format: FormatName, file: string) => ChainParts>> = {
  'a destination': (format, file) => ({ options: { accessLog: { format, destination: file } } }),
  'pino as it is': (format, file) => logging(format, file, {}),
  'pino with texts for level and time': (format, file) =>
    logging(format, file, {
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    }),
  'pino with the names of ECS': (format, file) =>
    logging(format, file, {
      messageKey: 'message',
      timestamp: () => `,"@timestamp":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ 'log.level': label }), bindings: () => ({ 'host.hostname': 'h' }) },
    }),
  'pino with the names of the log data model': (format, file) =>
    logging(format, file, {
      messageKey: 'body',
      timestamp: () => `,"timestamp":"${Date.now()}000000"`,
      formatters: { level: (label, number) => ({ severity_text: label, severity_number: number }) },
    }),
}

function logging(format: FormatName, file: string, options: pino.LoggerOptions): ChainParts {
  const logger = pino(options, pino.destination({ dest: file, sync: true }))
  return { options: { accessLog: { format } }, gateway: { logger } }
}

/** What stands around a line, by the runtime that puts it there. */
const AROUND: Readonly<Record<string, (line: string) => string>> = {
  nothing: (line) => line,
  'Docker json-file': (line) =>
    JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2026-11-24T09:00:00.5Z' }),
  'Kubernetes CRI': (line) => `2026-11-24T09:00:00.123456789Z stdout F ${line}`,
  'journald, short': (line) => `Nov 24 09:00:00 host gw[1]: ${line}`,
  'journald, json': (line) =>
    JSON.stringify({ MESSAGE: line, PRIORITY: '6', _PID: '1', __REALTIME_TIMESTAMP: '1' }),
  'Fluent Bit around CRI': (line) =>
    JSON.stringify({
      date: 1.5,
      stream: 'stdout',
      log: line,
      kubernetes: { pod_name: 'gw-1', labels: { app: 'gw' } },
    }),
  'Fluent Bit that merges': (line) =>
    JSON.stringify({
      date: 1.5,
      log_processed: JSON.parse(line) as object,
      kubernetes: { pod_name: 'gw-1' },
    }),
}

/** What a tree says of each exchange. */
function shape(nodes: readonly TraceNode[]): unknown[] {
  return nodes.map(({ kind, record, children }) => ({
    kind,
    record: record && {
      seat: record.seat,
      method: record.method,
      path: record.path,
      status: record.status,
      route: record.route,
      caller: record.caller,
      callerKind: record.callerKind,
      requestBytes: record.requestBytes,
      // What the host's own handler writes in the callee seat is not counted.
      responseBytes: record.seat === 'callee' ? undefined : record.responseBytes,
      generation: record.generation,
      hasTimes: [record.durationMs, record.gatewayMs, record.bodyMs, record.startMs].map(Number.isFinite),
      ended: Math.abs((record.endMs ?? 0) - Date.now()) < 60_000,
    },
    children: shape(children),
  }))
}

const exchange = (seat: string, children: unknown[], path = '/') => ({
  kind: 'exchange',
  record: {
    seat,
    method: 'GET',
    path,
    status: 200,
    route: 'default',
    caller: seat === 'caller' ? undefined : '127.0.0.1',
    callerKind: seat === 'caller' ? undefined : 'address',
    requestBytes: 0,
    responseBytes: seat === 'callee' ? undefined : 2,
    generation: 1,
    hasTimes: [true, true, true, true],
    ended: true,
  },
  children,
})
const SEATS = ['hop', 'callee', 'caller', 'hop', 'callee', 'caller', 'callee']
const WHOLE = [
  {
    kind: 'missing',
    record: undefined,
    children: SEATS.reduceRight<unknown[]>((below, seat) => [exchange(seat, below)], []),
  },
]

/** Files with the lines of one request through all services, one for each gateway. */
async function written(
  through: 'w3c' | 'b3',
  partsOf: (name: string, index: number) => ChainParts,
  logs: string,
) {
  let made = 0
  const services = await startServices(through, (name) => partsOf(name, made++))
  await (await fetch(services.url, { headers: CLIENT })).text()
  const count = async (): Promise<number> => {
    const files = await readdir(logs)
    const texts = await Promise.all(files.map((file) => readFile(join(logs, file), 'utf8')))
    return texts.join('').split(TRACE).length - 1
  }
  await until(async () => (await count()) >= 7, 'seven lines in the files')
  await services[Symbol.asyncDispose]()
}

describe.each(Object.entries(WAYS))('by %s', (_, way) => {
  it.each(FORMATS)(
    'lines in the format %s rebuild the whole trace, whatever is around them',
    async (format) => {
      await using logs = await logFolder()
      await written('w3c', (name) => way(format, join(logs.path, `${name}.log`)), logs.path)
      for (const [around, wrap] of Object.entries(AROUND)) {
        await using wrapped = await logFolder()
        for (const file of await readdir(logs.path)) {
          const lines = (await readFile(join(logs.path, file), 'utf8')).trimEnd().split('\n')
          await wrapped.write(file, `${lines.map(wrap).join('\n')}\n`)
        }
        const tree = await reconstruct(TRACE.slice(0, 12), [wrapped.path])
        expect(shape(tree.roots), around).toEqual(WHOLE)
        expect(tree.scan.brokenLines, around).toBe(0)
      }
    },
  )
})

it('services that log in different ways and formats, with one that speaks B3 in between, are one trace', async () => {
  await using logs = await logFolder()
  const ways = Object.values(WAYS)
  await written(
    'b3',
    (name, i) => {
      const way = ways[i % ways.length] as (typeof ways)[number]
      return way(FORMATS[i % FORMATS.length] as FormatName, join(logs.path, `${name}.log`))
    },
    logs.path,
  )
  const tree = await reconstruct(TRACE, [logs.path])
  expect(shape(tree.roots)).toEqual(WHOLE)
})
