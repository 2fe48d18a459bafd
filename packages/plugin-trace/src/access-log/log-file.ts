/**
 * A file that lines are appended to, without ever holding up who writes them. What cannot be written yet waits in a bounded
 * buffer; above that, lines are dropped and counted. A disk that is full and a pipe that nobody reads look the same from
 * outside: lines are lost, nothing else happens.
 */
import { closeSync, constants, openSync, type Stats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'

/** A pipe without a reader must not block a thread of the pool, which others need. */
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK
const MODE = 0o640
/** How much is written at once. */
const BATCH_BYTES = 256 * 1_024
/** How long lines gather before they are written: a write for each would cost more than the line. */
const GATHER_MS = 10
/** How long to wait after a failure: at first, a pipe may be read again at once, and at most. */
const FIRST_RETRY_MS = 2
const MOST_RETRY_MS = 250
/** How often to look whether the file was renamed or removed. */
const LOOK_EVERY_MS = 1_000
/** How long `close` waits for what is still to be written. */
const CLOSE_MS = 2_000

/** How a file is written. */
export interface LogFileSettings {
  /** Most bytes that wait to be written. */
  readonly maxBufferBytes: number
  /** The line that tells of lost ones, with its line feed. */
  readonly lostLine: (lines: number) => string
  /** Lines begin to be lost, for this reason. */
  readonly onLoss: (reason: string) => void
  /** Lines are written again, after so many were lost. */
  readonly onRecovery: (lost: number) => void
}

/** Appends lines to one file. */
export class LogFile {
  readonly #path: string
  #settings: LogFileSettings
  #handle: FileHandle | null = null
  #lines: string[] = []
  #bufferedBytes = 0
  /** What is being written, and how far that got. */
  #batch: Buffer | null = null
  #written = 0
  #isWriting = false
  #mustReopen = false
  #nextLookMs = 0
  #lost = 0
  /** Lost since it was told last. While there are any, nothing more is taken in: a log with one gap can be read. */
  #lostUntold = 0
  #reason = 'the destination is too slow'
  #retry: NodeJS.Timeout | null = null
  #retryMs = FIRST_RETRY_MS
  #onIdle: (() => void) | null = null
  #isClosed = false
  /** Whether `close` is through: whatever opens after it was late. */
  #isOver = false

  /** @throws {Error} when the file cannot be opened; a pipe that nobody reads yet can wait. */
  constructor(path: string, settings: LogFileSettings) {
    this.#path = path
    this.#settings = settings
    checkWritable(path)
  }

  /** Lines that were dropped since the start. */
  get lost(): number {
    return this.#lost
  }

  /** Takes over what a reload has changed, and opens the file anew: it may have been rotated. */
  reload(settings: LogFileSettings): void {
    this.#settings = settings
    this.#mustReopen = true
    this.#wake()
  }

  /** Adds a line, with its line feed, or drops it. Never waits, never throws. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line)
    const isFull = this.#bufferedBytes + bytes > this.#settings.maxBufferBytes
    if (isFull || this.#lostUntold > 0 || this.#isClosed) {
      this.#drop(1)
      // A line that is longer than the whole buffer: nothing waits after whose writing its loss would be told.
      if (this.#hasWork || this.#isClosed) return
      this.#tellLoss()
    } else this.#add(line, bytes)
    this.#wake()
  }

  /** Writes what there is, but does not wait for ever. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    // Also while it only opens: a file that is opened after this would stay open.
    if (this.#hasWork || this.#isWriting) {
      this.#wake()
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, CLOSE_MS)
        this.#onIdle = () => {
          clearTimeout(late)
          resolve()
        }
      })
    }
    if (this.#retry) clearTimeout(this.#retry)
    this.#isOver = true
    this.#dropRest()
    await this.#handle?.close().catch(() => undefined)
    this.#handle = null
  }

  get #hasWork(): boolean {
    return this.#batch !== null || this.#lines.length > 0
  }

  #add(line: string, bytes: number): void {
    this.#lines.push(line)
    this.#bufferedBytes += bytes
  }

  #wake(): void {
    if (this.#isWriting || this.#retry !== null) return
    this.#isWriting = true
    setTimeout(() => void this.#writeAll(), this.#isClosed ? 0 : GATHER_MS)
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#hasWork || (this.#mustReopen && !this.#isClosed)) {
        await this.#openAgain()
        await this.#writeSome()
      }
      this.#isWriting = false
      this.#onIdle?.()
    } catch (error) {
      this.#isWriting = false
      this.#reason = reasonOf(error)
      this.#retry = setTimeout(() => {
        this.#retry = null
        if (this.#hasWork) this.#wake()
      }, this.#retryMs)
      this.#retryMs = Math.min(2 * this.#retryMs, MOST_RETRY_MS)
      // A log alone keeps no process alive.
      if (!this.#isClosed) this.#retry.unref()
    }
  }

  async #openAgain(): Promise<void> {
    const nowMs = performance.now()
    if (this.#handle !== null && !this.#mustReopen && nowMs < this.#nextLookMs) return
    this.#nextLookMs = nowMs + LOOK_EVERY_MS
    if (this.#handle !== null && !this.#mustReopen && (await this.#isInPlace(this.#handle))) return
    this.#mustReopen = false
    const opened = await open(this.#path, FLAGS, MODE)
    if (this.#isOver) return opened.close()
    await this.#handle?.close().catch(() => undefined)
    this.#handle = opened
    // A line that the old file has half of is written whole to the new one. (From -1, it would be looked for from the end.)
    if (this.#batch !== null && this.#written > 0)
      this.#written = this.#batch.lastIndexOf(10, this.#written - 1) + 1
  }

  async #isInPlace(handle: FileHandle): Promise<boolean> {
    const there = await stat(this.#path).catch(() => undefined)
    return there !== undefined && isSame(there, await handle.stat())
  }

  async #writeSome(): Promise<void> {
    if (this.#handle === null) return
    this.#batch ??= this.#nextBatch()
    if (this.#batch === null) return
    const batch = this.#batch
    const { bytesWritten } = await this.#handle.write(batch, this.#written)
    this.#retryMs = FIRST_RETRY_MS
    this.#written += bytesWritten
    if (this.#written < batch.length) return
    this.#bufferedBytes -= batch.length
    this.#batch = null
    this.#written = 0
    if (this.#lostUntold > 0 && this.#bufferedBytes <= this.#settings.maxBufferBytes / 2) this.#tellLoss()
  }

  #nextBatch(): Buffer | null {
    if (this.#lines.length === 0) return null
    let bytes = 0
    let count = 0
    while (count < this.#lines.length && bytes < BATCH_BYTES) bytes += (this.#lines[count++] as string).length
    return Buffer.from(this.#lines.splice(0, count).join(''))
  }

  /** Writing works again: the file itself says what it lacks, and where. */
  #tellLoss(): void {
    const lost = this.#lostUntold
    this.#lostUntold = 0
    const line = this.#settings.lostLine(lost)
    this.#add(line, Buffer.byteLength(line))
    this.#settings.onRecovery(lost)
  }

  #drop(lines: number): void {
    this.#lost += lines
    this.#lostUntold += lines
    if (this.#lostUntold === lines) this.#settings.onLoss(this.#reason)
  }

  /** What could not be written until the end. */
  #dropRest(): void {
    const rest = this.#batch === null ? '' : this.#batch.toString('latin1', this.#written)
    const lines = rest.split('\n').length - 1 + this.#lines.length
    this.#batch = null
    this.#lines = []
    this.#bufferedBytes = 0
    if (lines > 0) this.#drop(lines)
  }
}

/** What is wrong with a path is told at the start, not with the first line. */
function checkWritable(path: string): void {
  let descriptor: number
  try {
    descriptor = openSync(path, FLAGS, MODE)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return
    throw error
  }
  closeSync(descriptor)
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EAGAIN' || code === 'ENXIO') return `nobody reads the pipe (${code})`
  return code ?? 'the file cannot be written'
}
