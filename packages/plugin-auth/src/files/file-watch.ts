import { hash } from 'node:crypto'
import { type BigIntStats, type FSWatcher, readFileSync, statSync, watch } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/** A file larger than this is not read. */
const MAX_BYTES = 8_388_608
/** How soon a file that is bad is read again before anybody is told: it may be half written. */
const SECOND_LOOK_MS = 100

/** A file that is followed. */
export interface FileOptions {
  /** Path of the file, relative to the working directory. */
  readonly path: string
  /** How often the file is looked at where the system does not tell of changes, in milliseconds. Default: 5000. */
  readonly pollMs?: number | undefined
}

/** Who follows a file. */
export interface FileReader {
  /** What it says now, told when that is something else than before. What is thrown says what is wrong with it. */
  read(text: string): void
  /** It cannot be read, or what it says is wrong; told once for each reason. @param reason without any part of the file. */
  failed(reason: string): void
}

/**
 * Follows a file. The first look is a blocking one: what is needed from the first request on is there when the start is
 * over. Then its folder is watched, not itself: editors and Kubernetes rename another file into its place. Where the
 * system tells of nothing, as on network file systems, a look every `pollMs` finds the change.
 */
export class FileWatch {
  readonly #path: string
  readonly #reader: FileReader
  readonly #poll: NodeJS.Timeout
  #folder: FSWatcher | undefined
  #secondLook: NodeJS.Timeout | undefined
  #seen = ''
  /** Digest of the content that was told last, or the fault. */
  #told = ''
  #state: 'good' | 'suspect' | 'bad' = 'good'
  #looking = false
  #again = false
  #closed = false

  constructor({ path, pollMs }: { readonly path: string; readonly pollMs: number }, reader: FileReader) {
    this.#path = resolve(path)
    this.#reader = reader
    this.#watchFolder()
    try {
      this.#seen = stateOf(statSync(this.#path, { bigint: true }))
      this.#tell(readFileSync(this.#path, 'utf8'))
    } catch (thrown) {
      this.#seen = ''
      this.#state = 'bad'
      this.#tellFault(reasonOf(thrown))
    }
    this.#poll = setInterval(() => this.#look(false), pollMs).unref()
  }

  close(): void {
    this.#closed = true
    clearInterval(this.#poll)
    clearTimeout(this.#secondLook)
    this.#folder?.close()
  }

  /** @param told whether something says that it changed; else its state must say so. */
  #look(told: boolean): void {
    if (this.#closed) return
    if (this.#looking) {
      this.#again ||= told
      return
    }
    this.#looking = true
    this.#watchFolder()
    void this.#read(told).then(() => {
      this.#looking = false
      const again = this.#again
      this.#again = false
      if (again) this.#look(true)
    })
  }

  async #read(told: boolean): Promise<void> {
    try {
      // Before the file is read: a change in between then shows at the next look.
      const state = stateOf(await stat(this.#path, { bigint: true }))
      if (!told && state === this.#seen) return
      this.#seen = state
      const content = await readFile(this.#path, 'utf8')
      if (this.#closed) return
      this.#tell(content)
      clearTimeout(this.#secondLook)
      this.#state = 'good'
    } catch (thrown) {
      this.#failed(reasonOf(thrown))
    }
  }

  /** Whatever else changes in the folder is a reason to look, and none to tell. */
  #tell(content: string): void {
    const digest = hash('sha256', content)
    if (digest === this.#told) return
    this.#reader.read(content)
    this.#told = digest
  }

  /** Each look finds the same fault again. What the file says is news again once it is mended. */
  #tellFault(reason: string): void {
    if (reason === this.#told) return
    this.#told = reason
    this.#reader.failed(reason)
  }

  #failed(reason: string): void {
    if (this.#closed || this.#state === 'suspect') return
    // Looked at again by each poll, even when it does not change.
    this.#seen = ''
    if (this.#state === 'bad') {
      this.#tellFault(reason)
      return
    }
    this.#state = 'suspect'
    this.#secondLook = setTimeout(() => {
      this.#state = 'bad'
      this.#look(true)
    }, SECOND_LOOK_MS).unref()
  }

  /** Where there is no folder to watch yet, the next look tries again. */
  #watchFolder(): void {
    if (this.#folder) return
    try {
      const folder = watch(dirname(this.#path), { persistent: false }, () => this.#look(true))
      folder.on('error', () => {
        folder.close()
        if (this.#folder === folder) this.#folder = undefined
      })
      this.#folder = folder
    } catch {
      this.#folder = undefined
    }
  }
}

/** Changes whenever the file does. */
function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  if (size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`)
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
}

/** The system's code, or what a reader said. A system's message names the path again. */
function reasonOf(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException
  return code ?? message
}
