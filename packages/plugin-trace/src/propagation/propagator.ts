/** Reads the trace context of requests and writes that of attempts, in the formats that the options name. */
import { type Exchange, getHeaderList, removeHeader, setHeader } from '@postern/core'
import { readB3, removeB3, writeB3Multi, writeB3Single } from './b3.ts'
import { checkBaggage } from './baggage.ts'
import { type IncomingContext, NOT_CONTINUED, NOTHING, readIncoming } from './incoming.ts'
import type { ResolvedPropagationOptions } from './options.ts'
import { formatTraceparent } from './traceparent.ts'
import { type TrustOptions, type TrustPolicy, type TrustRule, trustRule } from './trust.ts'

/** What an attempt carries. */
export interface OutgoingContext {
  readonly traceId: string
  /** The attempt's own span; in the callee seat the gateway's. */
  readonly spanId: string
  /** What that is a child of. */
  readonly parentSpanId: string | undefined
  /** The flags byte. */
  readonly flags: number
  /** `tracestate`, or `undefined` for none. */
  readonly state: string | undefined
}

/** Reads and writes trace context; made once per generation. */
export class Propagator {
  readonly #formats: ResolvedPropagationOptions
  readonly #trust: TrustRule
  readonly #readsW3c: boolean
  readonly #readsB3: boolean
  readonly #writesW3c: boolean
  readonly #knowsB3: boolean

  /** @param trust the option of that name. */
  constructor(trust: boolean | TrustPolicy | TrustOptions, formats: ResolvedPropagationOptions) {
    this.#trust = trustRule(trust)
    this.#formats = formats
    this.#readsW3c = formats.in.includes('w3c')
    this.#readsB3 = formats.in.includes('b3')
    this.#writesW3c = formats.out.includes('w3c')
    this.#knowsB3 = this.#readsB3 || formats.out.some((format) => format !== 'w3c')
  }

  /** What a request brings along, as far as it counts. */
  read(exchange: Exchange): IncomingContext {
    const policy = this.#trust(exchange)
    if (policy === 'restart') return NOT_CONTINUED
    const incoming = this.#find(exchange.requestHeaders)
    if (policy === 'continue') return incoming
    return incoming.parent === undefined ? NOT_CONTINUED : { ...NOT_CONTINUED, linked: incoming.parent }
  }

  /** The first format in the order of the option that has a valid context. */
  #find(headers: readonly string[]): IncomingContext {
    if (!this.#readsB3) return this.#readsW3c ? readIncoming(headers) : NOTHING
    let decision: IncomingContext | undefined
    for (const format of this.#formats.in) {
      if (format === 'w3c') {
        const incoming = readIncoming(headers)
        if (incoming.parent !== undefined) return incoming
        continue
      }
      const b3 = readB3(headers)
      if (b3 === undefined) continue
      const incoming = {
        ...NOTHING,
        parent: b3.parent,
        sampled: b3.sampled,
        debug: b3.debug,
        stateStands: false,
      }
      if (b3.parent !== undefined) return incoming
      decision ??= incoming
    }
    return decision ?? { ...NOTHING, stateStands: false }
  }

  /** Puts the context on the request of an attempt, in place of whatever the caller sent. */
  write(headers: string[], incoming: IncomingContext, context: OutgoingContext): void {
    if (this.#writesW3c) writeW3c(headers, incoming, context)
    else {
      removeHeader(headers, 'traceparent')
      removeHeader(headers, 'tracestate')
    }
    if (this.#knowsB3 || !incoming.isContinued) removeB3(headers)
    if (this.#knowsB3) this.#writeB3(headers, incoming, context)
    if (!incoming.isContinued || !this.#formats.baggage) removeHeader(headers, 'baggage')
    else limitBaggage(headers)
  }

  #writeB3(headers: string[], { debug }: IncomingContext, context: OutgoingContext): void {
    const span = { ...context, sampled: (context.flags & 1) === 1, debug }
    if (this.#formats.out.includes('b3')) writeB3Single(headers, span)
    if (this.#formats.out.includes('b3-multi')) writeB3Multi(headers, span)
  }
}

function writeW3c(headers: string[], incoming: IncomingContext, context: OutgoingContext): void {
  setHeader(headers, 'traceparent', formatTraceparent(context.traceId, context.spanId, context.flags))
  // Where the header says already what it should, it is left alone. A sampler of the SDK may want another.
  if (context.state === incoming.state && incoming.stateStands) return
  if (context.state === undefined) removeHeader(headers, 'tracestate')
  else setHeader(headers, 'tracestate', context.state)
}

function limitBaggage(headers: string[]): void {
  const value = getHeaderList(headers, 'baggage')
  if (value === undefined) return
  const checked = checkBaggage(value)
  if (checked === undefined) removeHeader(headers, 'baggage')
  else if (checked !== value) setHeader(headers, 'baggage', checked)
}
