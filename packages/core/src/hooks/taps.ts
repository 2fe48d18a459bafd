/**
 * What core puts around every function that a plugin taps: its mode, its time account, and what a throw means. tapable's
 * own interceptors would switch off the "nobody tapped" fast path for good (`isUsed()` counts them).
 */
import { type GatewayError, isGatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { isStatic, modeFor, type ResolvedModeSettings } from '../modes.ts'
import type { WaitingTap } from './kinds.ts'
import type { TapOwner } from './owner.ts'
import type { HookSubject } from './subject.ts'

/** Whether a tap that changes or chooses may do so for this exchange. Only `enforce` may. */
export type MayAct = ((exchange: HookSubject) => boolean) | 'always' | 'never'

/** When a tap that changes or chooses may act, from the mode settings of its plugin. */
export function mayAct(settings: ResolvedModeSettings): MayAct {
  if (!isStatic(settings)) return (exchange) => modeFor(settings, exchange) === 'enforce'
  return settings.mode === 'enforce' ? 'always' : 'never'
}

/** Around an `on*` tap: a throw is logged, the exchange goes on. */
export function watchTap(owner: TapOwner, hook: string, fn: (exchange: Exchange) => void) {
  const account = owner.account.hook(hook)
  return (exchange: HookSubject): void => {
    if (owner.account.shed) return
    const start = performance.now()
    try {
      fn(exchange)
    } catch (thrown) {
      owner.blame(hook, account, thrown, exchange)
    }
    account.calls++
    account.cpuMs += performance.now() - start
  }
}

/** Around a `map*` or `pick*` tap that cannot wait: a throw fails the exchange, unless its plugin only observes. */
export function actTap<TResult>(
  owner: TapOwner,
  hook: string,
  when: MayAct,
  fn: (exchange: Exchange) => TResult,
) {
  const account = owner.account.hook(hook)
  return (exchange: HookSubject): TResult | undefined => {
    if (owner.account.shed || (when !== 'always' && (when === 'never' || !when(exchange)))) return undefined
    const start = performance.now()
    try {
      return fn(exchange)
    } catch (thrown) {
      owner.blame(hook, account, thrown, exchange)
      if (owner.fault === 'observer') return undefined
      throw owner.failure(hook, thrown)
    } finally {
      account.calls++
      account.cpuMs += performance.now() - start
    }
  }
}

/** A plugin's function as core calls it: it gives its result at once or later, or fails as its fault class says. */
export type BoundedCall<TResult> = (
  exchange: HookSubject,
) => TResult | undefined | Promise<TResult | undefined>

/** Around a function that may wait: the same as `actTap`, and a deadline for what it waits for. */
export function boundedCall<TResult>(
  owner: TapOwner,
  hook: string,
  deadlineMs: number,
  fn: (exchange: Exchange) => TResult | undefined | Promise<TResult | undefined>,
): BoundedCall<TResult> {
  const account = owner.account.hook(hook)
  const failed = (thrown: unknown, exchange: HookSubject): undefined => {
    // A thrown refusal (401, 403, …), or word that there is no endpoint, is the plugin doing its work, not a fault of it.
    const isOthersFault =
      isGatewayError(thrown) && (thrown.source === 'client' || thrown.source === 'upstream')
    if (!isOthersFault) owner.blame(hook, account, thrown, exchange)
    if (owner.fault === 'observer') return undefined
    throw owner.failure(hook, thrown)
  }
  return (exchange) => {
    if (owner.account.shed) return undefined
    const start = performance.now()
    exchange.tapStartedMs = start
    account.calls++
    let result: TResult | undefined | Promise<TResult | undefined>
    try {
      result = fn(exchange)
    } catch (thrown) {
      account.cpuMs += performance.now() - start
      return failed(thrown, exchange)
    }
    const returned = performance.now()
    account.cpuMs += returned - start
    if (!isPromise(result)) return result
    return settledWithin(result, deadlineMs, exchange, () => owner.timeout(hook, deadlineMs))
      .finally(() => {
        account.waitMs += performance.now() - returned
      })
      .catch((thrown: unknown) => failed(thrown, exchange))
  }
}

/** A tap that may wait, as tapable calls it. No closure is made unless it does wait. */
export function waitingTap<TResult>(call: BoundedCall<TResult>): WaitingTap<TResult> {
  return (exchange, done) => {
    let result: TResult | undefined | Promise<TResult | undefined>
    try {
      result = call(exchange)
    } catch (error) {
      return done(error as Error)
    }
    if (!isPromise(result)) return done(null, result)
    result.then(
      (value) => done(null, value),
      (error: unknown) => done(error as Error),
    )
  }
}

/** What a promise gives, unless a deadline is first (rejects), or the client goes away (nothing). */
function settledWithin<TResult>(
  promise: Promise<TResult | undefined>,
  deadlineMs: number,
  exchange: HookSubject,
  late: () => GatewayError,
): Promise<TResult | undefined> {
  return new Promise((resolve, reject) => {
    const timer = deadlineMs > 0 ? setTimeout(() => reject(late()), deadlineMs) : undefined
    const over = (): void => {
      clearTimeout(timer)
      exchange.whenAborted(null)
    }
    exchange.whenAborted(() => {
      over()
      resolve(undefined)
    })
    promise.finally(over).then(resolve, reject)
  })
}

/** Whether a tap's result has to be waited for. */
export function isPromise<TValue>(value: TValue | Promise<TValue>): value is Promise<TValue> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
