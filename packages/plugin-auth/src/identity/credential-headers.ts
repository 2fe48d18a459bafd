import { removeHeader } from '@postern/core'

/** Headers in which clients prove who they are. */
export const CREDENTIAL_HEADERS: readonly string[] = Object.freeze([
  'authorization',
  'client-cert',
  'client-cert-chain',
  'signature',
  'signature-input',
])

/** Removes headers, in place. */
export function removeHeaders(headers: string[], names: readonly string[]): void {
  for (const name of names) removeHeader(headers, name)
}
