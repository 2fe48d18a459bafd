/** Longest text of a caller's that is kept. */
const MAX_LENGTH = 128

/** A text that a client chose, made safe to keep and to print; `undefined` for anything but a text that is not empty. */
export function printable(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  return value.slice(0, MAX_LENGTH).replaceAll(/[^\x20-\x7e]/g, '?')
}
