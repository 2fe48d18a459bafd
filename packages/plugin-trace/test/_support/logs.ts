import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
/** Monday morning of some week. */
export const NOW = Date.UTC(2026, 10, 23, 9)

/** A folder for logs that goes away with the test. */
export async function logFolder() {
  const path = await mkdtemp(join(tmpdir(), 'postern-trace-'))
  return {
    path,
    async write(name: string, content: string | Uint8Array): Promise<string> {
      const file = join(path, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
      return file
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** 16 digits made of a number. */
export function span(number: number): string {
  return `f00d${number.toString(16).padStart(12, '0')}`
}

/** A line of an access log. `undefined` leaves a field out. */
export function line(fields: Readonly<Record<string, unknown>>): string {
  const { startMs = 0, durationMs = 10 } = fields as { startMs?: number; durationMs?: number }
  const { startMs: _, ...rest } = fields
  return `${JSON.stringify({
    level: 30,
    time: NOW + startMs + durationMs,
    pid: 7,
    hostname: 'gw-1',
    name: 'postern',
    traceId: TRACE,
    seat: 'hop',
    method: 'GET',
    path: '/orders/7',
    status: 200,
    durationMs,
    ...rest,
    msg: 'exchange',
  })}\n`
}

/** A stream of the parts. */
export async function* streamOf(...parts: readonly (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part
}
