import type { Exchange, Logger } from '@postern/core'
import type { AuthCounts } from '../../counts/auth-counts.ts'
import type { Lasting } from '../../lasting.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { parseEntries } from '../credential-entry.ts'
import { CredentialFile } from '../credential-file.ts'
import { type LastingScheme, LeasedScheme } from '../leased-scheme.ts'
import type { Scheme, SchemeAnswer } from '../scheme.ts'
import { readSingle } from '../single-header.ts'
import { isKeyForm, isMistyped } from './api-key.ts'
import { KeyTable } from './key-table.ts'
import { apiKeyEntrySchema, type ResolvedApiKeyOptions } from './options.ts'

const refused = (message: string): Rejection => rejection('GW_AUTH_CREDENTIALS_INVALID', message)

const SEVERAL: Rejection = rejection(
  'GW_AUTH_REQUEST_INVALID',
  'The request carries more than one header with an API key.',
)
const BAD_FORM: Rejection = rejection(
  'GW_AUTH_REQUEST_INVALID',
  'The API key is empty, longer than 512 characters, or not printable ASCII.',
)
const UNKNOWN: Rejection = refused('The API key is not known.')
const MISTYPED: Rejection = refused(
  'The API key is not known, and its checksum is wrong: it was cut or mistyped.',
)
const EXPIRED: Rejection = refused('The API key has expired.')

/** API keys in a header, known by their hashes. */
class ApiKeyScheme implements LastingScheme {
  readonly name = 'api-key'
  readonly #header: string
  readonly #inline: KeyTable
  readonly #file: CredentialFile<KeyTable> | undefined
  readonly #unread: Rejection

  constructor({ header, keys, file }: ResolvedApiKeyOptions, counts: AuthCounts, logger: Logger) {
    this.#header = header
    this.#inline = new KeyTable(keys)
    this.#file =
      file &&
      new CredentialFile(
        'API keys',
        file,
        (text) => new KeyTable(parseEntries(text, apiKeyEntrySchema)),
        counts.file('apiKeys.file'),
        logger,
      )
    this.#unread = {
      code: 'GW_AUTH_AUTHORITY_UNAVAILABLE',
      message: 'The API key may stand in the file of keys, which was never read; the log says why.',
      retryAfterMs: file?.pollMs,
    }
  }

  authenticate(exchange: Exchange): SchemeAnswer {
    const key = readSingle(exchange.requestHeaders, this.#header)
    if (key === undefined) return undefined
    if (key === null) return SEVERAL
    if (!isKeyForm(key)) return BAD_FORM
    const credential = this.#inline.find(key) ?? this.#file?.content?.find(key)
    if (credential) return Date.now() < credential.expiresMs ? credential.verified : EXPIRED
    if (this.#file && this.#file.content === undefined) return this.#unread
    return isMistyped(key) ? MISTYPED : UNKNOWN
  }

  ready(): true | string {
    return this.#file?.ready() ?? true
  }

  useLogger(logger: Logger): void {
    if (this.#file) this.#file.logger = logger
  }

  close(): void {
    this.#file?.close()
  }
}

/** One generation's share in the keys of these options. */
export function leaseApiKeys(options: ResolvedApiKeyOptions, lasting: Lasting, logger: Logger): Scheme {
  return new LeasedScheme(
    'api-key',
    options,
    () => new ApiKeyScheme(options, lasting.counts, logger),
    lasting,
    logger,
  )
}
