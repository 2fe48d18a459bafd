/** How completely logs of services without a gateway tell the way of a request, and how long it takes to find it. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { readServiceLine } from './service-lines.ts'

/** What the logs of services say. */
export interface ServiceLogs {
  /** Lines of requests; of all kinds where no line tells of a request. */
  readonly requests: number
  /** Of these, lines with a trace id. */
  readonly traced: number
  /** Of these, lines with a request id and no trace id. */
  readonly numbered: number
  readonly services: readonly string[]
  /** Ids in the lines of more than one service, as a share of all ids. */
  readonly acrossShare: number
  /** Time to find all lines of one id in all files, in milliseconds. */
  readonly rebuildMs: number | undefined
  /** Services of that one. */
  readonly rebuiltServices: number
  readonly isCut: boolean
}

/** Ids that are remembered; those that come later are only counted. */
const MAX_IDS = 200_000

/** Reads files and folders. */
export async function readServiceLogs(
  paths: readonly string[],
  deadline: number,
  onBytes: (bytes: number, total: number) => void = () => undefined,
): Promise<ServiceLogs> {
  const files = await listFiles(paths)
  const counts = { all: { lines: 0, traced: 0, numbered: 0 }, requests: { lines: 0, traced: 0, numbered: 0 } }
  const services = new Set<string>()
  const byId = new Map<string, Set<string>>()
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  let bytes = 0
  let isCut = false
  for (const file of files) {
    for await (const text of linesOf(file.path)) {
      bytes += text.length + 1
      const line = readServiceLine(text)
      if (line) {
        const service = line.service || basename(file.path).replace(/\..*$/, '')
        services.add(service)
        for (const count of line.isRequest ? [counts.all, counts.requests] : [counts.all]) {
          count.lines++
          if (line.idKind === 'trace') count.traced++
          else if (line.idKind === 'request') count.numbered++
        }
        if (line.id !== undefined) remember(byId, line.id, service)
      }
      if (performance.now() > deadline) {
        isCut = true
        break
      }
    }
    onBytes(Math.min(bytes, total), total)
    if (isCut) break
  }
  const { lines, traced, numbered } = counts.requests.lines > 0 ? counts.requests : counts.all
  const across = [...byId.values()].filter((of) => of.size > 1).length
  const [widest] = [...byId].sort(([, a], [, b]) => b.size - a.size)
  const rebuilt =
    widest && !isCut
      ? await timeSearch(
          files.map(({ path }) => path),
          widest[0],
        )
      : undefined
  return {
    requests: lines,
    traced,
    numbered,
    services: [...services].sort(),
    acrossShare: byId.size === 0 ? 0 : across / byId.size,
    rebuildMs: rebuilt,
    rebuiltServices: widest?.[1].size ?? 0,
    isCut,
  }
}

/** What somebody does who looks for a request: search all files for its id. */
async function timeSearch(files: readonly string[], id: string): Promise<number> {
  const started = performance.now()
  let found = 0
  for (const file of files)
    for await (const text of linesOf(file)) if (text.includes(id) && readServiceLine(text)?.id === id) found++
  return found > 0 ? performance.now() - started : 0
}

function remember(byId: Map<string, Set<string>>, id: string, service: string): void {
  const known = byId.get(id)
  if (known) known.add(service)
  else if (byId.size < MAX_IDS) byId.set(id, new Set([service]))
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file)
  const input = file.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  // What cannot be unpacked ends here: the reader of gateways' logs says which files those are.
  input.on('error', () => input.destroy())
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }))
      if (line.length < 2 ** 20) yield line
  } finally {
    raw.destroy()
  }
}

async function listFiles(paths: readonly string[]): Promise<{ path: string; bytes: number }[]> {
  const files: { path: string; bytes: number }[] = []
  for (const path of paths) {
    const found = await stat(path)
    if (found.isFile() && !path.endsWith('.zst')) files.push({ path, bytes: found.size })
    if (!found.isDirectory()) continue
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true }))
      if (entry.isFile() && !entry.name.endsWith('.zst')) {
        const file = join(entry.parentPath, entry.name)
        files.push({ path: file, bytes: (await stat(file)).size })
      }
  }
  return files
}
