/** Whether the audience of a token (RFC 7519 section 4.1.3), one or a list, has one of these. */
export function isForOneOf(aud: unknown, wanted: readonly string[]): boolean {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  return audiences.some((one) => wanted.includes(one as string))
}
