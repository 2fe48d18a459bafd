/**
 * Slots that several plugins share. They live here so that a provider and a requirer never import each other.
 *
 * @module @postern/core/contracts
 */
import { defineSlot, type Slot } from './slots.ts'

/** What a principal is: a program that calls for itself, or a person for whom one calls. */
export type PrincipalKind = 'service' | 'user'

/** Who makes the request, as a guard established it. */
export interface Principal {
  /** Stable id of the caller, such as the `sub` of its token. **Unique only within its issuer.** */
  readonly id: string
  /** What it is. */
  readonly kind: PrincipalKind
  /** How it proved itself: `jwt`, `mtls`, `api-key` … */
  readonly scheme: string
  /** Who vouches for it: the token's issuer, a certificate authority. Absent where it is known to the gateway alone. */
  readonly issuer?: string | undefined
  /** Scopes that it holds. Empty when its scheme has none. */
  readonly scopes: readonly string[]
  /** All verified claims. **Treat as personal data: never log the whole.** */
  readonly claims: Readonly<Record<string, unknown>>
  /** Who acts for it, nearest first (RFC 8693 section 4.1, `act`): the services that a call came through. Empty for none. */
  readonly via: readonly string[]
}

/** Slot of the verified caller. Unset while no guard has verified one. */
export const principal: Slot<Principal, 'principal'> = defineSlot<Principal, 'principal'>('principal', '1.0')

/** Where the exchange stands in a distributed trace (W3C Trace Context). */
export interface TraceContext {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits: the gateway's own span, parent of what the upstream does. */
  readonly spanId: string
  /** The caller's span, or `undefined` when the trace starts here. */
  readonly parentSpanId: string | undefined
  /** The flags byte, unknown bits kept. Bit 0: sampled, bit 1: the trace id is random. */
  readonly flags: number
  /** `tracestate` as received, or `undefined`. */
  readonly state: string | undefined
}

/** Slot of the trace context. */
export const traceContext: Slot<TraceContext, 'trace-context'> = defineSlot<TraceContext, 'trace-context'>(
  'trace-context',
  '1.0',
)

/** What the parameters of a route's path stand for in one request: of `/orders/{id}`, the `id`. */
export interface PathParameters {
  /** A parameter's value, percent-decoded once; `undefined` when the route's path has no parameter of that name. */
  get(name: string): string | undefined
  /** All values by name. The object has no prototype. */
  toObject(): Readonly<Record<string, string>>
}

/**
 * Slot of the path parameters. Filled for every exchange that a routing plugin sees; empty where the route's path has no
 * parameters, and where no route matched. Nothing is decoded before someone reads.
 */
export const pathParameters: Slot<PathParameters, 'path-parameters'> = defineSlot<
  PathParameters,
  'path-parameters'
>('path-parameters', '1.0')

/** What a service was asked for by. */
export interface UsedName {
  /** The service's old name, as the routing plugin's options have it. */
  readonly oldName: {
    /** As the options write it. */
    readonly name: string
  }
}

/** Slot of the old name that an exchange used; `null` when it used none. Read it in `onFinish`: not every gateway fills it. */
export const usedName: Slot<UsedName | null, 'used-name'> = defineSlot<UsedName | null, 'used-name'>(
  'used-name',
  '1.0',
)
