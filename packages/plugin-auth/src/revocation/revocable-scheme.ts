import type { Logger } from '@postern/core'
import { isRejection, type Scheme } from '../schemes/scheme.ts'
import { WatchedScheme } from '../schemes/watched-scheme.ts'
import { type Lease, Shared } from '../verify/shared.ts'
import { type RevocationList, type RevocationListOptions, storeOf } from './revocation-list.ts'
import { RevocationStore } from './revocation-store.ts'

const shared = new Shared<RevocationStore>()
const names = new WeakMap<RevocationStore, string>()
let lists = 0

/**
 * Takes a list. Generations with the same list share it: a reload while its file is broken keeps the last good one.
 * @param given what `revocationList()` gave, or options to make one with.
 */
export function leaseRevocations(
  given: RevocationList | RevocationListOptions,
  logger: Logger,
): Lease<RevocationStore> {
  const store = storeOf(given)
  const lease = shared.lease(store ? nameOf(store) : JSON.stringify(given), () => {
    const opened = store ?? new RevocationStore(given as RevocationListOptions)
    opened.logger = logger
    opened.open()
    return opened
  })
  lease.value.logger = logger
  return lease
}

/** A scheme whose good credentials are checked against a list of revocations each time that they come. */
export function revocableScheme(scheme: Scheme, revocations: RevocationStore): Scheme {
  return new WatchedScheme(scheme, (answer) => {
    if (answer === undefined || isRejection(answer)) return answer
    return revocations.check(answer) ?? answer
  })
}

function nameOf(store: RevocationStore): string {
  let name = names.get(store)
  if (name === undefined) {
    name = `list ${++lists}`
    names.set(store, name)
  }
  return name
}
