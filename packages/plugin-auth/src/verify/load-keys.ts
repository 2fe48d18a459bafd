import { type FetchLimits, fetchJson } from '../http/fetch-json.ts'

/** Where an issuer's keys are. */
export interface KeyOrigin {
  /** The issuer. */
  readonly issuer: string
  /** Address of its key set; `undefined`: found by discovery. */
  readonly jwksUrl: string | undefined
}

/** Fetches an issuer's key set document, by way of its discovery document when the address is not configured. */
export async function loadKeys(origin: KeyOrigin, limits: FetchLimits): Promise<unknown> {
  return fetchJson(origin.jwksUrl ?? (await discover(origin.issuer, limits)), limits)
}

/** OpenID Connect Discovery 1.0, section 4. */
async function discover(issuer: string, limits: FetchLimits): Promise<string> {
  let document: unknown
  try {
    document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, limits)
  } catch (error) {
    throw new Error(`discovery: ${(error as Error).message}`)
  }
  const { issuer: named, jwks_uri: url } = Object(document) as Record<string, unknown>
  // Section 4.3: MUST be identical. Otherwise one tenant's document could bring in another tenant's keys.
  if (named !== issuer) throw new Error('discovery: the document names another issuer')
  if (typeof url !== 'string' || !URL.canParse(url))
    throw new Error('discovery: the document has no jwks_uri')
  const { protocol, username, password } = new URL(url)
  const secure = protocol === 'https:'
  if ((!secure && protocol !== 'http:') || username !== '' || password !== '') {
    throw new Error('discovery: jwks_uri is not a plain http:// or https:// address')
  }
  // Keys over http could be replaced on the way; an https issuer must not lead there.
  if (!secure && issuer.startsWith('https:')) throw new Error('discovery: jwks_uri leaves https')
  return url
}
