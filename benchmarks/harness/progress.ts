import type { WriteStream } from 'node:tty'

const BAR_CELLS = 24

/** Says how far a run is: one line that is redrawn on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #out: WriteStream
  readonly #steps: number
  readonly #startedAt = Date.now()
  #done = 0

  constructor(steps: number, out: WriteStream = process.stderr) {
    this.#steps = steps
    this.#out = out
  }

  /** Announces the step that begins now. */
  step(label: string): void {
    const share = this.#done / this.#steps
    const count = `${String(this.#done + 1).padStart(String(this.#steps).length)}/${this.#steps}`
    this.#done++
    if (!this.#out.isTTY) {
      this.#out.write(`  ${count} ${label}\n`)
      return
    }
    const full = Math.round(share * BAR_CELLS)
    const bar = '#'.repeat(full) + '-'.repeat(BAR_CELLS - full)
    this.#out.write(`\r\u001B[2K[${bar}] ${count} ${label}${this.#remaining(share)}`)
  }

  /** Leaves the line to what is printed next. */
  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001B[2K')
  }

  #remaining(share: number): string {
    if (share === 0) return ''
    const seconds = ((Date.now() - this.#startedAt) / 1000) * (1 / share - 1)
    return `, about ${Math.ceil(seconds)} s left`
  }
}
