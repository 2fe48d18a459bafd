import { type FSWatcher, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { DiscoveryWatch } from '../discovery.ts'

/** A file larger than this is not read. */
const MAX_BYTES = 8_388_608
/** How soon a file that cannot be read is tried again, before anybody is told: it may be half written. */
const SECOND_LOOK_MS = 100

/** Who is told of a file. */
export interface FileReader {
  /** Here is what it says now. What it throws says what is wrong with it. */
  read(text: string): void
  /** It cannot be read, or what it says is wrong. */
  failed(error: Error): void
}

/**
 * Reads a file whenever it may have changed. Its folder is watched and not itself: an editor, and Kubernetes for a
 * ConfigMap, put another file in its place by renaming, and a watch on the file would go on with the old one. Where the
 * system tells of nothing (network file systems, a folder that is itself replaced) a look every `pollMs` finds out.
 */
export class FileWatch implements DiscoveryWatch {
  readonly #path: string
  readonly #reader: FileReader
  readonly #secondLookMs: number
  readonly #poll: NodeJS.Timeout
  #folder: FSWatcher | null = null
  #secondLook: NodeJS.Timeout | undefined
  #looksBad = false
  #seen = ''
  #isReading = false
  #again = false
  #closed = false

  constructor(path: string, pollMs: number, reader: FileReader, secondLookMs: number = SECOND_LOOK_MS) {
    this.#secondLookMs = secondLookMs
    this.#path = resolve(path)
    this.#reader = reader
    this.#poll = setInterval(() => void this.#look(false), pollMs).unref()
    void this.#look(true)
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#poll)
    clearTimeout(this.#secondLook)
    this.#folder?.close()
  }

  /** @param told whether there is a reason to think that it changed; else its state must say so. */
  async #look(told: boolean): Promise<void> {
    if (this.#isReading) {
      this.#again ||= told
      return
    }
    this.#isReading = true
    this.#watchFolder()
    await this.#read(told)
    this.#isReading = false
    if (!this.#again || this.#closed) return
    this.#again = false
    void this.#look(true)
  }

  async #read(told: boolean): Promise<void> {
    try {
      // Before it is read: a change in between then looks like one.
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.#path, { bigint: true })
      const state = [dev, ino, size, mtimeNs, ctimeNs].join(' ')
      if (!told && state === this.#seen) return
      this.#seen = state
      if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`)
      const text = await readFile(this.#path, 'utf8')
      if (this.#closed) return
      this.#reader.read(text)
      this.#forgetFailure()
    } catch (thrown) {
      if (!this.#closed) this.#failed(thrown as NodeJS.ErrnoException)
    }
  }

  #failed({ code, message }: NodeJS.ErrnoException): void {
    if (this.#looksBad) {
      this.#reader.failed(new Error(`${this.#path}: ${code ?? message}`))
      return
    }
    this.#secondLook ??= setTimeout(() => {
      this.#looksBad = true
      void this.#look(true)
    }, this.#secondLookMs).unref()
  }

  #forgetFailure(): void {
    clearTimeout(this.#secondLook)
    this.#secondLook = undefined
    this.#looksBad = false
  }

  /** Without a watch (the folder is not there yet), the next look tries again. */
  #watchFolder(): void {
    if (this.#folder || this.#closed) return
    try {
      const folder = watch(dirname(this.#path), { persistent: false }, () => void this.#look(true))
      folder.on('error', () => {
        folder.close()
        if (this.#folder === folder) this.#folder = null
      })
      this.#folder = folder
    } catch {
      this.#folder = null
    }
  }
}
