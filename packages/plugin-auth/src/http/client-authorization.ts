/** `Authorization: Basic` of an OAuth client (RFC 6749 section 2.3.1): both are form-encoded before they are joined. */
export function clientAuthorization(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${formEncoded(id)}:${formEncoded(secret)}`).toString('base64')}`
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
