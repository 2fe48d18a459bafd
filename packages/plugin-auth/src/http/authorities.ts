import { X509Certificate } from 'node:crypto'
import * as v from 'valibot'
import { readPemBundle } from '../schemes/mtls/pem-bundle.ts'

/** Certificates of authorities, PEM: one text with several in it, or a list. */
export type Authorities = string | readonly string[]

const pem = v.pipe(
  v.string('Expected certificates (PEM)'),
  v.check(isBundle, 'Expected one or more certificates of authorities (PEM)'),
)

/** Schema of `Authorities`. */
export const authorities = v.union([pem, v.pipe(v.array(pem), v.minLength(1, 'Give at least one authority'))])

/** As Node wants them. */
export function authorityList(given: Authorities | undefined): string[] | undefined {
  return given === undefined ? undefined : [given].flat()
}

function isBundle(text: string): boolean {
  try {
    const certificates = readPemBundle(text).map((one) => new X509Certificate(one))
    return certificates.length > 0 && certificates.every(({ ca }) => ca)
  } catch {
    return false
  }
}
