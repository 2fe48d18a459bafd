const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a text with one or more of them, each PEM. */
export function readPemBundle(text: string): readonly string[] {
  return text.match(CERTIFICATE) ?? []
}
