import type { Kept, PluginHost } from '@postern/core'
import type { NameLedger } from '../ledger/ledger.ts'
import { type InProcessLedger, nameLedger } from '../ledger/name-ledger.ts'

/** A ledger that the plugin keeps itself. */
class OwnLedger implements Kept {
  readonly ledger: InProcessLedger = nameLedger()

  /** Nothing to end. */
  close(): void {}
}

/** The ledger of the options, or else one that outlives reloads and is forgotten with the process. */
export function keepLedger(gateway: Pick<PluginHost, 'keep'>, given: NameLedger | undefined): NameLedger {
  return given ?? gateway.keep('name-ledger', () => new OwnLedger()).ledger
}
