/** Whose trace context is continued. */
import { type Exchange, TrustList } from '@postern/core'

/** What becomes of a caller's context: continued, dropped, or named in the new trace as where it came from. */
export type TrustPolicy = 'continue' | 'restart' | 'link'

/** Trust by the listener that a request came by, and by the client's address. */
export interface TrustOptions {
  /**
   * What becomes of the context of what comes by a listener, by its name (`listen({ name })`); this is asked before the addresses.
   * Default: none.
   */
  readonly listeners?: Readonly<Record<string, TrustPolicy>> | undefined
  /**
   * Addresses and CIDR ranges whose context is continued. The address is `exchange.clientAddress`; calls from this process
   * (caller seat) count as trusted, and clients without an address do not. Default: none.
   */
  readonly addresses?: readonly string[] | undefined
  /** What becomes of everybody else's context. Default: `restart` where `addresses` is given, else `continue`. */
  readonly others?: TrustPolicy | undefined
}

/** Says what becomes of an exchange's context. */
export type TrustRule = (exchange: Exchange) => TrustPolicy

/** Makes the rule of the option `trust`. Its addresses were checked. */
export function trustRule(trust: boolean | TrustPolicy | TrustOptions): TrustRule {
  if (typeof trust === 'object') return byListener(trust)
  const policy = typeof trust === 'string' ? trust : trust ? 'continue' : 'restart'
  return () => policy
}

function byListener(options: TrustOptions): TrustRule {
  const rest = byAddress(options)
  const listeners = new Map(Object.entries(options.listeners ?? {}))
  if (listeners.size === 0) return rest
  return (exchange) => listeners.get(exchange.listener) ?? rest(exchange)
}

function byAddress({ addresses, others }: TrustOptions): TrustRule {
  const list = new TrustList(addresses ?? [])
  const policy = others ?? (addresses === undefined ? 'continue' : 'restart')
  return ({ clientAddress, seat }) => (seat === 'caller' || list.has(clientAddress) ? 'continue' : policy)
}

/** Whether a text is an address or a CIDR range. */
export function isAddressRange(text: string): boolean {
  try {
    return text !== 'unix' && new TrustList([text]).empty === false
  } catch {
    return false
  }
}
