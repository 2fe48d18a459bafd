import { aliasOf, removeHeader } from '@postern/core'

/** Headers in which clients prove who they are. */
export const CREDENTIAL_HEADERS: readonly string[] = Object.freeze([
  'authorization',
  'client-cert',
  'client-cert-chain',
  'signature',
  'signature-input',
])

/** Removes headers, in place, also under names that servers which write `-` as `_` take for theirs. */
export function removeHeaders(headers: string[], names: readonly string[]): void {
  for (const name of names) removeHeader(headers, name, aliasOf)
}
