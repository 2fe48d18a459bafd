/**
 * What an answer's `Retry-After` asks for, in milliseconds; 0 without one. Only seconds count: a date would need clocks that agree.
 * @param headers flat.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() !== 'retry-after') continue
    const value = headers[i + 1] as string
    return /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : 0
  }
  return 0
}
