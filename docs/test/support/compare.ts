/** Compares what a block printed with what its page says, without what differs from run to run. */

/** Ids, ports, process ids, times. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/"(exchangeId|traceId|spanId|parentSpanId)":"[^"]*"/g, '"$1":"<id>"'],
  [/\b[0-9a-f]{32}\b|\b[0-9a-f]{16}\b/g, '<id>'],
  [/(127\.0\.0\.1|localhost|\[::1\]):\d+/g, '$1:<port>'],
  [/"(pid|hostname)":(\d+|"[^"]*"),?/g, ''],
  [/"time":\d+/g, '"time":<n>'],
  [/"(durationMs|gatewayMs|queueMs|upstreamMs|bodyMs)":[\d.]+/g, '"$1":<n>'],
  [/\bpid \d+ */g, 'pid <n> '],
  [/ *\b[\d.]+ ms\b/g, ' <n> ms'],
  [/\b\d\d:\d\d:\d\d\b/g, '<time>'],
  [/"\d+\.\d+\.\d+"|'\d+\.\d+\.\d+'/g, '<version>'],
  [/[ \t]+/g, ' '],
]

/** A text with every value masked that differs from run to run. */
function mask(text: string): string {
  return MASKS.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text)
}

/**
 * Lines of a page's output that were not printed, in order. `…` in a line stands for any text. Lines that were printed
 * and are not on the page do not matter. Lines of a log stand where they like: they are written when there is time.
 */
export function missingLines(expected: string, printed: string): string[] {
  const lines = mask(printed)
    .split('\n')
    .map((line) => line.trim())
  let next = 0
  return mask(expected)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '…')
    .filter((line) => {
      const pattern = new RegExp(`^${line.split('…').map(escapeRegExp).join('.*')}$`)
      const isLog = line.startsWith('{')
      const at = lines.findIndex((candidate, index) => (isLog || index >= next) && pattern.test(candidate))
      if (at >= 0 && !isLog) next = at + 1
      return at < 0
    })
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
}
