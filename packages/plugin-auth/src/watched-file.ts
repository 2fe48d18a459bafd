import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** A file larger than this is not read. */
const MAX_BYTES = 16_777_216
const POLL_MS = 1_000

/** Who is told of a file. */
export interface FileReader {
  /** What the file says now. What it throws says what is wrong with it, without a part of it. */
  read(text: string): void
  /** It cannot be read, or what it says is wrong. Told once for each state of the file. */
  failed(reason: string): void
}

/**
 * Reads a file now, and again whenever it changed. The first time before the constructor is done, so that a gateway never
 * starts without what the file says. Its folder is watched and not itself: an editor, and Kubernetes for a ConfigMap, put
 * another file in its place. Where the system tells of nothing (network file systems, a folder that is itself replaced)
 * a look every second finds out. Reading holds the event loop: these are files of at most a few megabytes on a disk.
 */
export class WatchedFile {
  readonly #path: string
  readonly #reader: FileReader
  readonly #poll: NodeJS.Timeout
  #folder: FSWatcher | undefined
  #seen: string | undefined

  constructor(path: string, reader: FileReader, pollMs: number = POLL_MS) {
    this.#path = resolve(path)
    this.#reader = reader
    this.#watchFolder()
    this.#look()
    this.#poll = setInterval(() => this.#look(), pollMs).unref()
  }

  /** Ends the watch. Twice is the same as once. */
  close(): void {
    clearInterval(this.#poll)
    this.#folder?.close()
  }

  #look(): void {
    // Before it is read: a change in between then looks like one.
    const state = this.#state()
    if (state === this.#seen) return
    this.#seen = state
    try {
      if (statSync(this.#path).size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`)
      this.#reader.read(readFileSync(this.#path, 'utf8'))
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException
      this.#reader.failed(code ?? message)
    }
  }

  #state(): string {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = statSync(this.#path, { bigint: true })
      return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
    } catch (thrown) {
      return String((thrown as NodeJS.ErrnoException).code)
    }
  }

  #watchFolder(): void {
    try {
      this.#folder = watch(dirname(this.#path), { persistent: false }, () => this.#look())
      this.#folder.on('error', () => this.#folder?.close())
    } catch {
      // The folder is not there yet; the look every second goes on.
    }
  }
}
