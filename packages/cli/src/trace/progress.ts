/** How far a long scan is, on a terminal: one line of standard error that is redrawn, and gone at the end. */

/** Quick scans show nothing. */
const QUIET_MS = 400
const REDRAW_MS = 100
const CELLS = 24

/** A line that is being redrawn. */
export interface ProgressLine {
  /** What a scan reports to. */
  readonly onProgress: (progress: { readonly bytes: number; readonly totalBytes: number }) => void
  /** Takes the line away. */
  readonly end: () => void
}

/** Draws nothing where standard error is no terminal. */
export function progressLine(out: NodeJS.WriteStream = process.stderr): ProgressLine {
  const started = performance.now()
  let drawn = 0
  return {
    onProgress({ bytes, totalBytes }) {
      const now = performance.now()
      if (!out.isTTY || now - started < QUIET_MS || now - drawn < REDRAW_MS) return
      drawn = now
      const seconds = (now - started) / 1_000
      out.write(
        `\r\u001B[2K${bar(bytes, totalBytes)}${mebibytes(bytes)} MiB read, ${mebibytes(bytes / seconds)} MiB/s`,
      )
    },
    end() {
      if (drawn > 0) out.write('\r\u001B[2K')
    },
  }
}

/** Without a total (a pipe) there is no share to show. */
function bar(bytes: number, totalBytes: number): string {
  if (totalBytes === 0) return ''
  const share = Math.min(1, bytes / totalBytes)
  const full = Math.round(share * CELLS)
  return `[${'#'.repeat(full)}${'-'.repeat(CELLS - full)}] ${Math.floor(share * 100)} % of ${mebibytes(totalBytes)} MiB, `
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}

/** A line of words that is being redrawn. */
export interface StatusLine {
  /** Shows what is being done, on a terminal. */
  readonly show: (text: string) => void
  /** Takes the line away. */
  readonly end: () => void
}

/** Draws nothing where standard error is no terminal, and nothing for what is quickly done. */
export function statusLine(out: NodeJS.WriteStream = process.stderr): StatusLine {
  const started = performance.now()
  let drawn = 0
  return {
    show(text) {
      const now = performance.now()
      if (!out.isTTY || now - started < QUIET_MS || now - drawn < REDRAW_MS) return
      drawn = now
      out.write(`\r\u001B[2K${text}`)
    },
    end() {
      if (drawn > 0) out.write('\r\u001B[2K')
      drawn = 0
    },
  }
}
