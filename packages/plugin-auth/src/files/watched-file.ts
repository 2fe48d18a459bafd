import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** How often a file is looked at, in milliseconds. */
const POLL_MS = 5_000

/**
 * A text file that is read again while it is in use. Polled: a mounted secret is replaced by renaming a folder or a link,
 * which watchers of the operating system miss.
 */
export class WatchedFile {
  /** What it held when it was last read. */
  text: string
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  readonly #onChange: (text: string) => void
  #closed = false
  #reading = false

  /**
   * Reads the file.
   * @param onChange gets the new text. Not called when the file cannot be read: what it held last goes on.
   * @throws {Error} when it cannot be read now.
   */
  constructor(path: string, onChange: (text: string) => void = () => {}) {
    this.#path = path
    this.#onChange = onChange
    this.text = readFileSync(path, 'utf8')
    this.#timer = setInterval(() => void this.look(), POLL_MS).unref()
  }

  /** Reads it again now. Never rejects. */
  async look(): Promise<void> {
    if (this.#reading || this.#closed) return
    this.#reading = true
    try {
      const text = await readFile(this.#path, 'utf8')
      if (this.#closed || text === this.text) return
      this.text = text
      this.#onChange(text)
    } catch {
      // It is being replaced, or gone: the last text is better than none.
    } finally {
      this.#reading = false
    }
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
  }
}
