import type { Outcomes } from '../counts/auth-counts.ts'
import type { Rejection } from '../rejection.ts'
import type { Authority } from './authority.ts'
import type { HeaderValue } from './credential.ts'
import { GrantRefused, type IssuedToken } from './token-endpoint.ts'

/** Part of a token's life after which it is replaced while it still serves. */
const REFRESH_AT = 0.75
/** Before its end it is not sent any more: it has a way to go, and clocks differ. */
const MARGIN_MS = 5_000
/** How long a refused grant is remembered. */
const REFUSED_MS = 10_000
/** A service that refuses every token must not make the gateway hammer the authority. */
const DROP_EVERY_MS = 1_000

/** One token that is kept fresh: fetched once at a time, and replaced ahead of its end. */
export class FreshToken {
  readonly #fetch: () => Promise<IssuedToken>
  readonly #authority: Authority
  readonly #outcomes: Outcomes
  readonly #refusal: Rejection
  readonly #mostLifeMs: () => number
  #value: string | undefined
  #refreshMs = 0
  #endMs = 0
  #refusedUntilMs = 0
  #droppedMs = Number.NEGATIVE_INFINITY
  #flight: Promise<HeaderValue> | undefined

  /**
   * @param outcomes where fetches are counted.
   * @param refusal what a refused grant means.
   * @param mostLifeMs bounds the token's life, whatever the authority says.
   */
  constructor(
    fetch: () => Promise<IssuedToken>,
    authority: Authority,
    outcomes: Outcomes,
    refusal: Rejection,
    mostLifeMs: () => number = () => Number.POSITIVE_INFINITY,
  ) {
    this.#fetch = fetch
    this.#authority = authority
    this.#outcomes = outcomes
    this.#refusal = refusal
    this.#mostLifeMs = mostLifeMs
  }

  /** Whether a fetch is running. */
  get fetching(): boolean {
    return this.#flight !== undefined
  }

  /** Whether the next `get` answers from memory. */
  get known(): boolean {
    const nowMs = performance.now()
    return (this.#value !== undefined && nowMs < this.#endMs) || nowMs < this.#refusedUntilMs
  }

  /** `Bearer` and the token. At once while it is known, else when the authority has answered. */
  get(): HeaderValue | Promise<HeaderValue> {
    const nowMs = performance.now()
    if (this.#value !== undefined && nowMs < this.#endMs) {
      if (nowMs >= this.#refreshMs && !this.#flight && !this.#authority.closed) void this.#start()
      return this.#value
    }
    if (nowMs < this.#refusedUntilMs) return this.#refusal
    return this.#flight ?? this.#authority.closed ?? this.#start()
  }

  /** The service refused this value: the next request fetches anew, at most once a second. */
  drop(value: string): void {
    const nowMs = performance.now()
    if (value !== this.#value || nowMs - this.#droppedMs < DROP_EVERY_MS) return
    this.#droppedMs = nowMs
    this.#value = undefined
  }

  #start(): Promise<HeaderValue> {
    this.#flight = this.#fetch()
      .then(
        (issued) => this.#accept(issued),
        (error: unknown) => this.#fail(error as Error),
      )
      .finally(() => {
        this.#flight = undefined
      })
    return this.#flight
  }

  #accept({ value, lifeMs }: IssuedToken): string {
    this.#authority.succeeded()
    this.#outcomes.add('fetched')
    const nowMs = performance.now()
    const life = Math.min(lifeMs, this.#mostLifeMs())
    this.#value = `Bearer ${value}`
    this.#refreshMs = nowMs + life * (REFRESH_AT - Math.random() / 10)
    this.#endMs = nowMs + life - Math.min(MARGIN_MS, life / 10)
    return this.#value
  }

  #fail(error: Error): Rejection {
    if (!(error instanceof GrantRefused)) {
      this.#outcomes.add('failed')
      return this.#authority.failed(error.message)
    }
    this.#outcomes.add('refused')
    this.#authority.succeeded()
    this.#refusedUntilMs = performance.now() + REFUSED_MS
    return this.#refusal
  }
}
