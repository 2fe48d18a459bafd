/** PEM as node:tls takes it. */
import type { Pem } from './upstream-options.ts'

/** The bytes of PEM blocks, however they were given. */
export function toBuffer(pem: Pem): Buffer {
  return typeof pem === 'string' ? Buffer.from(pem) : Buffer.from(pem)
}

/** The same for one or several. */
export function toBuffers(pems: Pem | readonly Pem[]): Buffer[] {
  return (Array.isArray(pems) ? (pems as readonly Pem[]) : [pems as Pem]).map(toBuffer)
}
