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

/** Around a tap that may wait: the same as `actTap`, and a deadline for what it waits for. */
export function waitingTap<TResult>(
  owner: TapOwner,
  hook: string,
  deadlineMs: number,
  fn: (exchange: Exchange) => TResult | undefined | Promise<TResult | undefined>,
): WaitingTap<TResult> {
  const account = owner.account.hook(hook)
  return (exchange, done) => {
    if (owner.account.shed) return done(null)
    const fail = (thrown: unknown, error: GatewayError): void => {
      // A thrown refusal (401, 403, …) is the plugin doing its work, not a fault of it.
      if (!isGatewayError(thrown) || thrown.source !== 'client') owner.blame(hook, account, thrown, exchange)
      if (owner.fault === 'observer') done(null)
      else done(error)
    }
    const start = performance.now()
    account.calls++
    let result: TResult | undefined | Promise<TResult | undefined>
    try {
      result = fn(exchange)
    } catch (thrown) {
      account.cpuMs += performance.now() - start
      return fail(thrown, owner.failure(hook, thrown))
    }
    const returned = performance.now()
    account.cpuMs += returned - start
    if (!isPromise(result)) return done(null, result)
    waitFor(result, deadlineMs, exchange, (outcome, thrown, value) => {
      account.waitMs += performance.now() - returned
      if (outcome === 'value') done(null, value)
      else if (outcome === 'thrown') fail(thrown, owner.failure(hook, thrown))
      else if (outcome === 'timeout') {
        const late = owner.timeout(hook, deadlineMs)
        fail(late, late)
      } else done(null)
    })
  }
}

type Outcome = 'value' | 'thrown' | 'timeout' | 'aborted'

/** Waits for a promise, a deadline, or the client to go away, whichever is first. */
function waitFor<TResult>(
  promise: Promise<TResult | undefined>,
  deadlineMs: number,
  exchange: HookSubject,
  settle: (outcome: Outcome, thrown: unknown, value: TResult | undefined) => void,
): void {
  let settled = false
  const once = (outcome: Outcome, thrown: unknown, value: TResult | undefined): void => {
    if (settled) return
    settled = true
    if (timer) clearTimeout(timer)
    exchange.onAbort = null
    // Away from the promise's own stack: tapable rethrows what its callback throws into it.
    queueMicrotask(() => settle(outcome, thrown, value))
  }
  const timer =
    deadlineMs > 0 ? setTimeout(() => once('timeout', undefined, undefined), deadlineMs) : undefined
  exchange.onAbort = () => once('aborted', undefined, undefined)
  promise.then(
    (value) => once('value', undefined, value),
    (thrown: unknown) => once('thrown', thrown, undefined),
  )
}

/** Whether a tap's result has to be waited for. */
export function isPromise<TValue>(value: TValue | Promise<TValue>): value is Promise<TValue> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}
