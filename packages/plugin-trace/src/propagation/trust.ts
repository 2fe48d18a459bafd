/** Whose trace context is continued. */
import { type Exchange, TrustList } from '@postern/core'

/** What becomes of a caller's context: continued, dropped, or named in the new trace as where it came from. */
export type TrustPolicy = 'continue' | 'restart' | 'link'

/** Trust by the client's address. */
export interface TrustOptions {
  /**
   * Addresses and CIDR ranges whose context is continued. The address is `exchange.clientAddress`; calls from this process
   * (caller seat) count as trusted, and clients without an address do not.
   */
  readonly addresses: readonly string[]
  /** What becomes of everybody else's context. Default: `restart`. */
  readonly others?: 'restart' | 'link' | undefined
}

/** Says what becomes of an exchange's context. */
export type TrustRule = (exchange: Exchange) => TrustPolicy

/** Makes the rule of the option `trust`. Its addresses were checked. */
export function trustRule(trust: boolean | TrustPolicy | TrustOptions): TrustRule {
  if (typeof trust === 'object') return byAddress(trust)
  const policy = typeof trust === 'string' ? trust : trust ? 'continue' : 'restart'
  return () => policy
}

function byAddress({ addresses, others = 'restart' }: TrustOptions): TrustRule {
  const list = new TrustList(addresses)
  return ({ clientAddress, seat }) => (seat === 'caller' || list.has(clientAddress) ? 'continue' : others)
}

/** Whether a text is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  try {
    return text !== 'unix' && new TrustList([text]).empty === false
  } catch {
    return false
  }
}
