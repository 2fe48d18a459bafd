import type { Histogram } from '@postern/core'
import { VerifyCounters } from '../verify/verify-counters.ts'
import { Buckets } from './buckets.ts'

const CALL_BOUNDS_MS: readonly number[] = Object.freeze([5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000])

/** How often each of a few outcomes came: `ok`, or the code of a refusal. */
export type OutcomeCounts = Readonly<Record<string, number>>

/** Counts outcomes. Their names come from code alone, so there are few. */
export class Outcomes {
  readonly #counts = new Map<string, number>()

  /** One more. */
  add(outcome: string): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1)
  }

  /** A copy. */
  read(): OutcomeCounts {
    return Object.fromEntries(this.#counts)
  }
}

/** How something that is remembered was used. */
export interface CacheStats {
  /** Entries that it has now. */
  readonly entries: number
  /** Looks that found a good entry. */
  readonly hits: number
  /** Looks that did not. */
  readonly misses: number
  /** Entries that went because there was no room. */
  readonly evictions: number
}

/** The same while it is counted. */
export type CacheCounts = { -readonly [K in keyof CacheStats]: CacheStats[K] }

/** Loads of one issuer's keys. */
export interface LoadCounts {
  loaded: number
  failed: number
}

/** A file of credentials. */
export interface FileStats {
  /** Times that it was read well, since a gateway with the file was started. */
  reads: number
  /** Times that it could not be read, or what it says is wrong. */
  failures: number
  /** When it was last read well, on the clock of `Date.now()`; `undefined` before. */
  readMs: number | undefined
  /** What is wrong with it now, without any part of it; `undefined` when nothing is. The last good content goes on meanwhile. */
  fault: string | undefined
}

/** Calls of a service that decides about credentials. */
export interface AuthorityStats {
  /** Those that were answered, by how long it took. */
  readonly answered: Histogram
  /** Those that were not, or with something that makes no sense. */
  readonly failed: Histogram
}

/** Counts such calls. */
export class AuthorityCalls {
  readonly #answered = new Buckets(CALL_BOUNDS_MS)
  readonly #failed = new Buckets(CALL_BOUNDS_MS)

  /** Counts one call, once it is over. @param isFailed whether an answer is as good as none. Default: none is. */
  async timed<TAnswer>(
    call: () => Promise<TAnswer>,
    isFailed: (answer: TAnswer) => boolean = () => false,
  ): Promise<TAnswer> {
    const startedMs = performance.now()
    try {
      const answer = await call()
      const outcome = isFailed(answer) ? this.#failed : this.#answered
      outcome.add(performance.now() - startedMs)
      return answer
    } catch (error) {
      this.#failed.add(performance.now() - startedMs)
      throw error
    }
  }

  /** A copy. */
  read(): AuthorityStats {
    return { answered: this.#answered.histogram(), failed: this.#failed.histogram() }
  }
}

/** Everything that the plugin counts in one gateway. It outlives reloads, so that no counter falls. */
export class AuthCounts {
  /** What routes said of callers who have proved who they are, and of requests without credentials. */
  readonly access = new Outcomes()
  /** What became of JSON Web Tokens that were not remembered. */
  readonly results = new Outcomes()
  /** What happened on the way to the workers. */
  readonly verify = new VerifyCounters()
  readonly #checks = new Map<string, Outcomes>()
  readonly #caches = new Map<string, CacheCounts>()
  readonly #authorities = new Map<string, AuthorityCalls>()
  readonly #outbound = new Map<string, Outcomes>()
  readonly #loads = new Map<string, LoadCounts>()
  readonly #files = new Map<string, FileStats>()

  /** What a scheme said of credentials. */
  checks(scheme: string): Outcomes {
    return ofName(this.#checks, scheme, () => new Outcomes())
  }

  /** Use of what is remembered under a name. */
  cache(name: string): CacheCounts {
    return ofName(this.#caches, name, noUse)
  }

  /** Calls of a scheme's service. */
  authority(scheme: string): AuthorityCalls {
    return ofName(this.#authorities, scheme, () => new AuthorityCalls())
  }

  /** Tokens for a service or origin of `outbound`: `fetched`, `refused`, `failed`. */
  outbound(target: string): Outcomes {
    return ofName(this.#outbound, target, () => new Outcomes())
  }

  /** Loads of an issuer's keys. */
  loads(issuer: string): LoadCounts {
    return ofName(this.#loads, issuer, () => ({ loaded: 0, failed: 0 }))
  }

  /** How a file of credentials stands. */
  file(option: string): FileStats {
    return ofName(this.#files, option, () => ({ reads: 0, failures: 0, readMs: undefined, fault: undefined }))
  }

  /** A copy. */
  read(): CountedStats {
    return {
      checks: mapped(this.#checks, (outcomes) => outcomes.read()),
      access: this.access.read(),
      caches: mapped(this.#caches, (counts) => ({ ...counts })),
      authorities: mapped(this.#authorities, (calls) => calls.read()),
      outbound: mapped(this.#outbound, (outcomes) => outcomes.read()),
      files: mapped(this.#files, (stats) => ({ ...stats })),
    }
  }
}

/** What was counted since a gateway with the plugin was started. */
export interface CountedStats {
  /** By scheme: what it said of credentials of its kind, `ok` or the code of the refusal. */
  readonly checks: Readonly<Record<string, OutcomeCounts>>
  /** What routes said: `ok`, `anonymous`, or the code of the refusal: no credentials, a scope or right that is missing. */
  readonly access: OutcomeCounts
  /** By name: what is remembered. */
  readonly caches: Readonly<Record<string, CacheStats>>
  /** By scheme: calls of the service that it asks. */
  readonly authorities: Readonly<Record<string, AuthorityStats>>
  /** By service or origin of `outbound`: tokens that were `fetched`, `refused`, or `failed` to come. */
  readonly outbound: Readonly<Record<string, OutcomeCounts>>
  /** By option, `apiKeys.file` and `basic.file`: how the files of credentials stand. */
  readonly files: Readonly<Record<string, Readonly<FileStats>>>
}

/** Counts that nobody reads: of what runs outside of a gateway. */
export function noUse(): CacheCounts {
  return { entries: 0, hits: 0, misses: 0, evictions: 0 }
}

function ofName<TCounts>(all: Map<string, TCounts>, name: string, make: () => TCounts): TCounts {
  const counts = all.get(name) ?? make()
  all.set(name, counts)
  return counts
}

function mapped<TCounts, TRead>(
  all: ReadonlyMap<string, TCounts>,
  read: (counts: TCounts) => TRead,
): Readonly<Record<string, TRead>> {
  return Object.fromEntries([...all].map(([name, counts]) => [name, read(counts)]))
}
