/** Reads sources from beginning to end and hands out the exchanges in them. */
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { LineWindow } from './line-window.ts'
import { readLogLine } from './log-line.ts'
import { isOtlp, ObjectWindow } from './object-window.ts'
import { readOtlp, spellingsOf } from './otlp.ts'
import type { ExchangeRecord } from './record.ts'
import {
  type Input,
  listInputs,
  packingOf,
  reasonOf,
  type SkippedFile,
  type TraceSource,
  unpackFile,
  unpackStream,
} from './sources.ts'

/** What was read, and what could not be. */
export interface ScanReport {
  /** Files and streams that were read. */
  readonly files: number
  /** Bytes that were read, as stored. */
  readonly bytes: number
  /** Exchanges that were looked at. */
  readonly exchanges: number
  /** Lines that look like JSON and cannot be read: cut by a crash, a full disk or a rotation. */
  readonly brokenLines: number
  /** Lines that were left out because they have more than 1 MiB (64 MiB for OTLP). */
  readonly longLines: number
  /** Files that were left out or read in part. */
  readonly skipped: readonly SkippedFile[]
}

/** How far a scan is. */
export interface ScanProgress {
  /** Bytes read so far, as stored. */
  readonly bytes: number
  /** Bytes of all files; 0 when only streams are read. */
  readonly totalBytes: number
}

/** Options of everything that reads sources. */
export interface ScanOptions {
  /** Ends the scan; it rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal | undefined
  /** Called about every 8 MiB. Default: none. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined
}

/** Chunks between two breaths: the process that scans may serve, too. */
const CHUNKS_PER_BREATH = 32
/** How much of a file is looked at to know what it is. */
const SNIFF_BYTES = 64 * 1024

/**
 * Hands every exchange of the sources to `onRecord`, in the order in which it stands there.
 *
 * @param needle bytes that a line must contain to be looked at.
 * @throws what `stat` throws for a path that was named and is not there
 */
export async function scan(
  sources: readonly TraceSource[],
  needle: string,
  onRecord: (record: ExchangeRecord) => void,
  options: ScanOptions = {},
): Promise<ScanReport> {
  const skipped: SkippedFile[] = []
  const inputs = await listInputs(sources, skipped)
  const run = new Scan(inputs, needle, onRecord, options, skipped)
  for (const input of inputs) await run.read(input)
  return run.report()
}

class Scan {
  readonly #needle: string
  readonly #onRecord: (record: ExchangeRecord) => void
  readonly #options: ScanOptions
  readonly #skipped: SkippedFile[]
  readonly #totalBytes: number
  #file = ''
  #files = 0
  #bytes = 0
  #exchanges = 0
  #broken = 0
  #long = 0

  constructor(
    inputs: readonly Input[],
    needle: string,
    onRecord: (record: ExchangeRecord) => void,
    options: ScanOptions,
    skipped: SkippedFile[],
  ) {
    this.#needle = needle
    this.#onRecord = onRecord
    this.#options = options
    this.#skipped = skipped
    this.#totalBytes = inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  async read({ name, stream }: Input): Promise<void> {
    this.#file = name
    this.#options.signal?.throwIfAborted()
    try {
      if (stream) await this.#flow(unpackStream(stream), (count) => this.#count(count))
      else await this.#readFile(name)
      this.#files++
    } catch (error) {
      if (this.#options.signal?.aborted) throw error
      this.#skipped.push({ file: name, reason: reasonOf(error) })
    }
  }

  report(): ScanReport {
    return {
      files: this.#files,
      bytes: this.#bytes,
      exchanges: this.#exchanges,
      brokenLines: this.#broken,
      longLines: this.#long,
      skipped: this.#skipped,
    }
  }

  async #readFile(file: string): Promise<void> {
    const fd = openSync(file, 'r')
    try {
      const start = Buffer.alloc(SNIFF_BYTES)
      const known = start.subarray(0, readSync(fd, start, 0, SNIFF_BYTES, 0))
      const packing = packingOf(known)
      if (packing !== 'none')
        return await this.#flow(unpackFile(file, packing, (count) => this.#count(count)))
      if (isBinary(known)) throw new Error('it is no text')
      if (isOtlp(known)) return await this.#flow(unpackFile(file, packing, (count) => this.#count(count)))
      await this.#readPlain(fd)
    } finally {
      closeSync(fd)
    }
  }

  /** Most of all bytes that are ever read come through here. Reading in place spares the copies of a stream. */
  async #readPlain(fd: number): Promise<void> {
    const window = this.#lines()
    for (let chunk = 1; ; chunk++) {
      const { free } = window
      const count = readSync(fd, free, 0, free.length, null)
      if (count === 0) break
      window.filled(count)
      this.#count(count)
      if (chunk % CHUNKS_PER_BREATH === 0) await this.#breathe()
    }
    window.end()
    this.#long += window.longLines
  }

  /** Bytes that come from a stream, of lines or of OTLP, by how they begin. */
  async #flow(bytes: AsyncIterable<Uint8Array>, count: (bytes: number) => void = () => {}): Promise<void> {
    let window: LineWindow | ObjectWindow | undefined
    let chunks = 0
    try {
      for await (const chunk of bytes) {
        window ??= isOtlp(chunk) ? this.#objects() : this.#lines()
        window.push(chunk)
        count(chunk.length)
        if (++chunks % CHUNKS_PER_BREATH === 0) await this.#breathe()
      }
    } finally {
      // Also when the source broke off: what came before counts.
      if (window instanceof LineWindow) {
        window.end()
        this.#long += window.longLines
      } else if (window) {
        window.end()
        this.#broken += window.cutObjects
        this.#long += window.longObjects
      }
    }
  }

  #lines(): LineWindow {
    return new LineWindow(this.#needle, (line) => {
      const read = readLogLine(line, this.#file)
      if (read === 'broken') this.#broken++
      else if (read !== 'other') this.#found(read)
    })
  }

  #objects(): ObjectWindow {
    const needles = spellingsOf(this.#needle)
    return new ObjectWindow((bytes) => {
      if (!needles.some((needle) => bytes.includes(needle))) return
      try {
        for (const record of readOtlp(JSON.parse(bytes.toString()), this.#file)) this.#found(record)
      } catch {
        this.#broken++
      }
    })
  }

  #found(record: ExchangeRecord): void {
    this.#exchanges++
    this.#onRecord(record)
  }

  #count(bytes: number): void {
    this.#bytes += bytes
  }

  async #breathe(): Promise<void> {
    this.#options.onProgress?.({ bytes: this.#bytes, totalBytes: this.#totalBytes })
    await setImmediate()
    this.#options.signal?.throwIfAborted()
  }
}

/**
 * As grep has it, text has no zeros. Many in a row are a hole: a log that was cut to nothing under its writer begins with one, and
 * a machine that lost its power leaves one behind.
 */
function isBinary(start: Buffer): boolean {
  return (
    start.includes(0) &&
    start
      .toString('latin1')
      .replaceAll(/\0{16,}/g, '')
      .includes('\0')
  )
}
