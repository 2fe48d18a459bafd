import type { Logger } from '@postern/core'
import type { KeySet } from './key-set.ts'
import type { KeyAnswer, KeySource, KeyState } from './key-source.ts'
import { UNKNOWN_KEY } from './outcome.ts'

/** Keys that stand in the options. A reload changes them. */
export class StaticKeys implements KeySource {
  logger: Logger
  readonly usableUntilMs: number = Number.POSITIVE_INFINITY
  readonly loads = 1
  readonly #set: KeySet

  constructor(set: KeySet, logger: Logger) {
    this.#set = set
    this.logger = logger
  }

  find(alg: string, kid: string | undefined): KeyAnswer {
    const found = this.#set.select(alg, kid)
    return found.length > 0 ? found : UNKNOWN_KEY
  }

  refetch(): undefined {
    return undefined
  }

  ready(): true {
    return true
  }

  state(): KeyState {
    const { loads, usableUntilMs } = this
    return { keys: this.#set.keys.size, usableUntilMs, readMs: undefined, loads, failedLoads: 0, failures: 0 }
  }

  close(): void {}
}
