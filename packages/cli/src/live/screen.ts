/** A view that is redrawn in place, on a screen of its own that is gone afterwards. */
import type { ReadStream, WriteStream } from 'node:tty'

/** Keys that end it: Ctrl-C and Ctrl-D come as characters once the terminal is raw. */
const QUIT = ['q', 'Q', '\u0003', '\u0004']

const OPEN = '\u001B[?1049h\u001B[?25l'
const CLOSE = '\u001B[?25h\u001B[?1049l'
/** Home; every line is cleared to its end as it is written, and what is below afterwards: nothing flickers. */
const HOME = '\u001B[H'
const LINE_END = '\u001B[K'
const BELOW = '\u001B[J'

/** A screen. */
export interface Screen {
  /** Draws, and again when the window changes its size. @param draw what fits in so many rows and columns. */
  show(draw: (rows: number, columns: number) => string): void
  /** Resolves when somebody wants to leave. */
  readonly left: Promise<void>
  /** Puts everything back as it was. */
  close(): void
}

/** Takes the terminal. */
export function openScreen(out: WriteStream, input: ReadStream): Screen {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  let last: ((rows: number, columns: number) => string) | undefined
  const redraw = (): void => {
    if (!last) return
    // A terminal that does not say its size has none: `docker exec -t`, some CI.
    const text = last(out.rows || 24, out.columns || 80)
    out.write(`${HOME}${text.split('\n').join(`${LINE_END}\r\n`)}${LINE_END}${BELOW}`)
  }
  const onKey = (chunk: Buffer): void => {
    const keys = chunk.toString('latin1')
    if (QUIT.some((key) => keys.includes(key))) leave()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, leave)
  out.on('resize', redraw)
  if (input.isTTY) input.setRawMode(true)
  input.on('data', onKey)
  out.write(OPEN)
  return {
    show(draw) {
      last = draw
      redraw()
    },
    left,
    close() {
      for (const signal of signals) process.off(signal, leave)
      out.off('resize', redraw)
      input.off('data', onKey)
      if (input.isTTY) input.setRawMode(false)
      input.pause()
      out.write(CLOSE)
    },
  }
}
