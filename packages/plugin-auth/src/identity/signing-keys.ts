import type { Logger } from '@postern/core'
import { Secret } from '../files/secret.ts'
import { generateSigningKey, readSigningKey, type SigningKey } from '../keys/signing-key.ts'
import type { ResolvedInternalTokenOptions } from './options.ts'

/** A key and its times, on the clock of `performance.now()`. */
interface KeptKey {
  readonly key: SigningKey
  /** When it may sign. */
  readonly signsFromMs: number
  /** Until when it is published; `Infinity` while it is wanted. */
  untilMs: number
}

/** Beyond the last token that an old key signed: clocks of verifiers differ, and requests are on their way. */
const GRACE_MS = 60_000

/**
 * The keys that sign internal tokens. Each is published before it signs, and stays published until its last token has
 * ended: a verifier that keeps the key set for a while meets no token whose key it cannot find.
 */
export class SigningKeys {
  readonly #options: ResolvedInternalTokenOptions
  readonly #logger: Logger
  readonly #files: readonly Secret<SigningKey>[]
  readonly #timer: NodeJS.Timeout | undefined
  /** In the order in which they are preferred for signing: the newest first. */
  #keys: KeptKey[] = []
  #published = ''

  /**
   * Reads the files, or makes a key.
   * @throws {Error} when a file cannot be read or holds no usable key.
   */
  constructor(options: ResolvedInternalTokenOptions, logger: Logger) {
    this.#options = options
    this.#logger = logger
    const { files, rotateMs } = options.keys
    this.#files = this.#open(files)
    this.#use(files.length > 0 ? this.#ofFiles() : [generateSigningKey(options.algorithm)], true)
    if (files.length === 0) this.#timer = setInterval(() => this.rotate(), rotateMs).unref()
  }

  /** The key that signs now. */
  get current(): SigningKey {
    const nowMs = performance.now()
    const ready = this.#keys.find(({ signsFromMs, untilMs }) => signsFromMs <= nowMs && untilMs > nowMs)
    return ready ? ready.key : (this.#keys[0] as KeptKey).key
  }

  /** The JWK Set (RFC 7517 section 5) as text. */
  get document(): string {
    const nowMs = performance.now()
    if (this.#keys.some(({ untilMs }) => untilMs <= nowMs)) this.#publish(nowMs)
    return this.#published
  }

  /** Replaces a key in memory: the new one is published now and signs later. */
  rotate(): void {
    this.#use([generateSigningKey(this.#options.algorithm)], false)
  }

  /** Ends timers and watchers. */
  close(): void {
    clearInterval(this.#timer)
    for (const file of this.#files) file.close()
  }

  #open(paths: readonly string[]): readonly Secret<SigningKey>[] {
    const opened: Secret<SigningKey>[] = []
    try {
      for (const path of paths) {
        const what = `key file ${path}`
        opened.push(
          new Secret({ watch: path }, what, this.#logger, readSigningKey, () => this.#onFileChange()),
        )
      }
      return opened
    } catch (error) {
      for (const file of opened) file.close()
      throw error
    }
  }

  #onFileChange(): void {
    this.#use(this.#ofFiles(), false)
    this.#logger.info({ kid: this.#keys[0]?.key.kid }, 'Keys for internal tokens were read again')
  }

  #ofFiles(): SigningKey[] {
    return this.#files.map(({ value }) => value)
  }

  /** Takes keys into use, the first to sign; those that are not among them stay published for a while. */
  #use(wanted: readonly SigningKey[], first: boolean): void {
    const { lifetimeMs, keys } = this.#options
    const nowMs = performance.now()
    const signsFromMs = first ? nowMs : nowMs + keys.publishAheadMs
    const before = this.#keys
    const used = wanted.map((key, place): KeptKey => {
      const known = before.find((one) => one.key.kid === key.kid)
      // A key that was only published so far and is now the first is known to verifiers already.
      return { key, signsFromMs: known || place > 0 ? nowMs : signsFromMs, untilMs: Number.POSITIVE_INFINITY }
    })
    const retired = before.filter(({ key }) => !wanted.some((one) => one.kid === key.kid))
    for (const one of retired) one.untilMs = Math.min(one.untilMs, signsFromMs + lifetimeMs + GRACE_MS)
    // While the new first key may not sign yet, the old first one goes on, before any that are published only.
    this.#keys = [...used.slice(0, 1), ...retired, ...used.slice(1)]
    this.#publish(nowMs)
  }

  #publish(nowMs: number): void {
    this.#keys = this.#keys.filter(({ untilMs }) => untilMs > nowMs)
    this.#published = JSON.stringify({ keys: this.#keys.map(({ key }) => key.publicJwk) })
  }
}
