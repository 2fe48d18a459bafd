import type { WriteStream } from 'node:tty'
import type { Tally } from './tally.ts'

const BAR_CELLS = 24
/** How often a terminal is redrawn, and how often a plain line is written elsewhere. */
const REDRAW_MS = 500
const LINE_MS = 10_000

/** Says how far a round is and how fast: one line that is redrawn on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #out: WriteStream
  readonly #tally: Tally
  readonly #totalMs: number
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  #phase = 'start'
  #lastMs = this.#startedMs
  #lastSent = 0

  constructor(totalMs: number, tally: Tally, out: WriteStream = process.stderr) {
    this.#out = out
    this.#tally = tally
    this.#totalMs = totalMs
    this.#timer = setInterval(() => this.#show(), out.isTTY ? REDRAW_MS : LINE_MS)
    this.#timer.unref()
  }

  /** Names what goes on from here. */
  phase(name: string): void {
    this.#phase = name
    if (!this.#out.isTTY) this.#show()
  }

  /** Leaves the line to what is printed next. */
  end(): void {
    clearInterval(this.#timer)
    if (this.#out.isTTY) this.#out.write('\r\u001B[2K')
  }

  #show(): void {
    const nowMs = performance.now()
    const { sent, right, rightError, lost, wrong } = this.#tally.total()
    const seconds = (nowMs - this.#lastMs) / 1_000
    const rate = seconds > 0 ? Math.round((sent - this.#lastSent) / seconds) : 0
    this.#lastMs = nowMs
    this.#lastSent = sent
    const share = Math.min(1, (nowMs - this.#startedMs) / this.#totalMs)
    const bad = lost + wrong === 0 ? '' : `, ${lost} LOST, ${wrong} WRONG`
    const text = `${this.#phase}: ${sent} sent, ${rate}/s, ${right} right, ${rightError} right errors${bad}, ${this.#tally.running} running`
    if (!this.#out.isTTY) {
      this.#out.write(`  ${String(Math.round(share * 100)).padStart(3)} % ${text}\n`)
      return
    }
    const full = Math.round(share * BAR_CELLS)
    this.#out.write(`\r\u001B[2K[${'#'.repeat(full)}${'-'.repeat(BAR_CELLS - full)}] ${text}`)
  }
}
