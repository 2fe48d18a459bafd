import type { promises } from 'node:dns'

type Resolver = promises.Resolver

/** The kinds of address that are asked for. */
export type AddressType = 'A' | 'AAAA' | 'both'

/** An address and how long it is good for. */
interface AddressRecord {
  readonly address: string
  /** Seconds. */
  readonly ttl: number
}

/** What a name stands for. */
export interface HostAddresses {
  /** Each once, in order. */
  readonly addresses: readonly string[]
  readonly ttlMs: number
}

/** Answers that say that a name, or its records of this kind, do not exist: another answer is not to be expected. */
const NONE: ReadonlySet<string | undefined> = new Set(['ENOTFOUND', 'ENODATA'])

/**
 * The addresses of one name. IPv4 and IPv6 are asked for apart: where one of the two cannot be asked, what it said last
 * stands, and half of a service is not lost.
 */
export class Host {
  readonly #families: readonly Family[]
  #last: HostAddresses | null = null

  constructor(resolver: Resolver, name: string, type: AddressType) {
    const a = new Family(() => resolver.resolve4(name, { ttl: true }))
    const aaaa = new Family(() => resolver.resolve6(name, { ttl: true }))
    this.#families = type === 'both' ? [a, aaaa] : type === 'A' ? [a] : [aaaa]
  }

  /** What `resolve` gave last; `null` when it never has. */
  get last(): HostAddresses | null {
    return this.#last
  }

  /** Asks. Rejects when there is no address, or none of the questions was answered. */
  async resolve(): Promise<HostAddresses> {
    await Promise.all(this.#families.map((family) => family.ask()))
    const failed = this.#families.filter(({ error }) => error !== null)
    const records = this.#families.flatMap((family) => family.records)
    // What was not answered may lead anywhere; that it does not exist says nothing about the other kind.
    const unanswered = failed.find(({ error }) => !NONE.has(error?.code))
    const isAnswered = this.#families.some(({ error }) => error === null)
    if (records.length === 0 || !isAnswered) throw (unanswered ?? failed[0])?.error ?? new Error('No address')
    this.#last = {
      addresses: [...new Set(records.map(({ address }) => address))].sort(),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1_000,
    }
    return this.#last
  }
}

/** The records of one kind. */
class Family {
  records: readonly AddressRecord[] = []
  error: NodeJS.ErrnoException | null = null
  readonly #query: () => Promise<readonly AddressRecord[]>

  constructor(query: () => Promise<readonly AddressRecord[]>) {
    this.#query = query
  }

  /** Never rejects: `error` tells. */
  async ask(): Promise<void> {
    try {
      this.records = await this.#query()
      this.error = null
    } catch (thrown) {
      this.error = thrown as NodeJS.ErrnoException
      if (NONE.has(this.error.code)) this.records = []
    }
  }
}
