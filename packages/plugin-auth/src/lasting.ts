import type { Kept, PluginHost } from '@postern/core'
import { AuthCounts } from './counts/auth-counts.ts'
import type { LastingScheme } from './schemes/leased-scheme.ts'
import type { KeySource } from './verify/key-source.ts'
import { Shared } from './verify/shared.ts'
import type { Verifier } from './verify/verifier.ts'

/** What outlives the generations of one gateway: what was counted, and what generations with the same options share. */
export class Lasting implements Kept {
  readonly counts = new AuthCounts()
  readonly verifiers = new Shared<Verifier>()
  readonly schemes = new Shared<LastingScheme>()
  readonly keys = new Shared<KeySource>()

  /** Nothing to end: each generation gives back what it took. */
  close(): void {}
}

/** That of a gateway. */
export function keepLasting(gateway: Pick<PluginHost, 'keep'>): Lasting {
  return gateway.keep('lasting', () => new Lasting())
}
