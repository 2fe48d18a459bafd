/** What is read: files, folders of them, and streams. */
import { createReadStream, type Dirent, type Stats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/**
 * Where log lines come from: path of a file, path of a folder (everything in it, subfolders too), or a stream of bytes
 * such as `process.stdin`. Files may be plain, gzip or zstd, by their content and not their name.
 */
export type TraceSource = string | AsyncIterable<Uint8Array>

/** A source that has a name, and a path unless it is a stream. */
export interface Input {
  /** Path, or `-` for a stream. */
  readonly name: string
  /** Bytes as stored; 0 for a stream. */
  readonly sizeBytes: number
  /** The bytes of a stream. */
  readonly stream?: AsyncIterable<Uint8Array>
}

/** A file that was left out, and why. */
export interface SkippedFile {
  /** Its path. */
  readonly file: string
  /** Why, in words. */
  readonly reason: string
}

/**
 * The files behind the sources, each once, in order of their names.
 * @param skipped gets what a folder has and cannot be read.
 * @throws what `stat` throws for a path that was named and is not there
 */
export async function listInputs(sources: readonly TraceSource[], skipped: SkippedFile[]): Promise<Input[]> {
  const seen = new Set<string>()
  const inputs: Input[] = []
  const add = (name: string, { dev, ino, size }: Stats): void => {
    // By identity: links, and a file that is named beside its folder, would count its lines twice.
    const identity = `${dev}:${ino}`
    if (ino !== 0 && seen.has(identity)) return
    seen.add(identity)
    inputs.push({ name, sizeBytes: size })
  }
  for (const source of sources) {
    if (typeof source !== 'string') {
      inputs.push({ name: '-', sizeBytes: 0, stream: source })
      continue
    }
    const stats = await stat(source)
    if (stats.isFile()) add(source, stats)
    else if (!stats.isDirectory()) inputs.push({ name: source, sizeBytes: 0, stream: openLater(source) })
    else for (const [file, found] of await filesIn(source, skipped)) add(file, found)
  }
  return inputs
}

/** A pipe that has a path, such as the shell's `<(…)`. */
async function* openLater(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path)
}

async function filesIn(folder: string, skipped: SkippedFile[]): Promise<[string, Stats][]> {
  const files: [string, Stats][] = []
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    try {
      for await (const entry of await opendir(next)) await look(entry, join(next, entry.name))
    } catch (error) {
      skipped.push({ file: next, reason: reasonOf(error) })
    }
  }
  return files.sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))

  async function look(entry: Dirent, path: string): Promise<void> {
    if (entry.name.startsWith('.')) return
    if (entry.isDirectory()) {
      folders.push(path)
      return
    }
    // Links to files are followed (Kubernetes keeps its logs so), links to folders are not: they may lead in circles.
    try {
      const stats = await stat(path)
      if (stats.isFile()) files.push([path, stats])
    } catch (error) {
      skipped.push({ file: path, reason: reasonOf(error) })
    }
  }
}

/** How the bytes of a file are packed. */
export type Packing = 'gzip' | 'zstd' | 'none'

/** By the first bytes: RFC 1952 section 2.3.1, RFC 8878 section 3.1.1. */
export function packingOf(start: Uint8Array): Packing {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip'
  if (start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd) return 'zstd'
  return 'none'
}

/**
 * Unpacked bytes of a file.
 * @param onRead called with how many packed bytes were read.
 */
export function unpackFile(
  file: string,
  packing: Packing,
  onRead: (count: number) => void,
): AsyncIterable<Uint8Array> {
  const packed = createReadStream(file, { highWaterMark: 256 * 1024 })
  packed.on('data', (chunk) => onRead(chunk.length))
  return unpack(packed, packing)
}

/** As much of a stream comes in one piece at first: pipes may hand over less than what tells a form apart. */
const START_BYTES = 256

/** Unpacks a stream by its first bytes. */
export async function* unpackStream(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = stream[Symbol.asyncIterator]()
  let start: Buffer = Buffer.alloc(0)
  while (start.length < START_BYTES) {
    const next = await iterator.next()
    if (next.done) break
    start = Buffer.concat([start, next.value])
  }
  const whole = async function* (): AsyncIterable<Uint8Array> {
    yield start
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  const packing = packingOf(start)
  yield* packing === 'none' ? whole() : unpack(Readable.from(whole(), { objectMode: false }), packing)
}

function unpack(packed: Readable, packing: Packing): AsyncIterable<Uint8Array> {
  if (packing === 'none') return packed
  return packing === 'zstd' ? unpackZstd(packed) : through(packed, createGunzip())
}

/** Unpacks all frames, or says that there are more: Node 22 ends after the first without a word. */
async function* unpackZstd(packed: Readable): AsyncIterable<Uint8Array> {
  let given = 0
  packed.on('data', (chunk: Uint8Array) => {
    given += chunk.length
  })
  const unpacker = createZstdDecompress()
  yield* through(packed, unpacker)
  if (unpacker.bytesWritten < given)
    throw Object.assign(new Error('more frames'), { code: 'ZSTD_MORE_FRAMES' })
}

function through(packed: Readable, unpacker: Transform): AsyncIterable<Uint8Array> {
  // The reader of the unpacker meets the error; without a callback it would end the process as well.
  return pipeline(packed, unpacker, () => {})
}

/** What the system says, without the path that stands beside it anyway. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const words = SYSTEM_WORDS[code ?? '']
  return words ?? (error instanceof Error ? message : String(error))
}

const SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'no right to read it',
  ENOENT: 'it is not there',
  EISDIR: 'it is a folder',
  ZSTD_MORE_FRAMES: 'of its compressed parts this Node reads the first alone; Node 24 and newer read all',
  Z_BUF_ERROR: 'its compressed data ends too early; what came before was read',
  Z_DATA_ERROR: 'its compressed data is damaged; what came before was read',
}
