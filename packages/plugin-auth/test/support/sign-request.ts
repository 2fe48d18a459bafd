import { readSignatureKey, type SignatureAlgorithm, signBase } from '../../src/http-signature/algorithms.ts'
import { contentDigest } from '../../src/http-signature/content-digest.ts'

/** How a test signs a request, by hand: what is wrong with it stays wrong. */
export interface RequestSignature {
  readonly key: string
  readonly algorithm: SignatureAlgorithm
  readonly url: string
  readonly method?: string
  readonly body?: string
  /** Name, and value as signed. Default: method, authority, path, query and, with a body, content-digest. */
  readonly components?: readonly (readonly [string, string])[]
  /** Parameters behind the components. Default: created now, keyid `k1`. */
  readonly parameters?: string
  readonly label?: string
}

export const nowS = (): number => Math.floor(Date.now() / 1_000)

/** The headers of a signed request. */
export function signRequest(options: RequestSignature): Record<string, string> {
  const { key, algorithm, body, method = 'GET', label = 'sig1' } = options
  const url = new URL(options.url)
  const digest = body === undefined ? undefined : contentDigest(Buffer.from(body))
  const components = options.components ?? [
    ['"@method"', method],
    ['"@authority"', url.host],
    ['"@path"', url.pathname],
    ['"@query"', url.search || '?'],
    ...(digest === undefined ? [] : [['"content-digest"', digest] as const]),
  ]
  const parameters = options.parameters ?? `;created=${nowS()};keyid="k1"`
  const input = `(${components.map(([name]) => name).join(' ')})${parameters}`
  const lines = [...components.map(([name, value]) => `${name}: ${value}`), `"@signature-params": ${input}`]
  const signature = signBase(readSignatureKey(key, algorithm, 'private'), lines.join('\n')).toString('base64')
  return {
    'signature-input': `${label}=${input}`,
    signature: `${label}=:${signature}:`,
    ...(digest === undefined ? {} : { 'content-digest': digest }),
  }
}
