/** Milliseconds to three places: digits beyond a microsecond are noise that every line would carry. */
export function roundMs(ms: number): number {
  return ms <= 0 ? 0 : Math.round(ms * 1_000) / 1_000
}
