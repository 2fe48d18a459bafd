/** Modes and verdicts of `pre*` taps, once for every plugin: an author writes the check and gets `shadow` for free. */
import { type GatewayError, isGatewayError } from '../errors.ts'
import type { Exchange, Reply, Verdict } from '../exchange.ts'
import { type Mode, modeFor, type ResolvedModeSettings } from '../modes.ts'
import type { PreResult } from '../plugin-hooks.ts'
import type { WaitingTap } from './kinds.ts'
import type { TapOwner } from './owner.ts'
import type { HookSubject } from './subject.ts'
import { boundedCall, isPromise } from './taps.ts'

/** What ends an exchange before it is forwarded. */
export type Answer = Reply | GatewayError

/** Around a `pre*` tap of any plugin. Guards leave verdicts; others merely answer, and only in `enforce`. */
export function preTap(
  owner: TapOwner,
  hook: string,
  settings: ResolvedModeSettings,
  deadlineMs: number,
  check: (exchange: Exchange) => PreResult | Promise<PreResult>,
  observe: ((exchange: Exchange) => string | undefined) | undefined,
): WaitingTap<Answer> {
  const isGuard = owner.fault === 'guard'
  const allowed: Verdict = { plugin: owner.name, mode: 'enforce', decision: 'allow', reason: 'ok' }
  const wouldAllow: Verdict = { plugin: owner.name, mode: 'shadow', decision: 'allow', reason: 'ok' }
  const account = owner.account.hook(hook)
  const call = boundedCall<Answer>(
    owner,
    hook,
    deadlineMs,
    check as (exchange: Exchange) => Answer | undefined,
  )

  return (exchange, done) => {
    const mode = modeFor(settings, exchange)
    if (mode === 'off' || (mode === 'shadow' && !isGuard)) return done(null)
    if (mode === 'observe') {
      note(exchange)
      return done(null)
    }
    let answer: Answer | undefined | Promise<Answer | undefined>
    try {
      answer = call(exchange)
    } catch (thrown) {
      answer = thrown as GatewayError
    }
    if (!isPromise(answer)) return done(null, whatCounts(exchange, mode, answer))
    answer.then(
      (later) => done(null, whatCounts(exchange, mode, later)),
      (thrown: unknown) => done(null, whatCounts(exchange, mode, thrown as GatewayError)),
    )
  }

  /** A guard's thrown refusal is a refusal; its failure is one too: never open (design section 6). */
  function whatCounts(exchange: HookSubject, mode: Mode, answer: Answer | undefined): Answer | undefined {
    if (exchange.aborted) return undefined
    if (!isGuard) return answer
    if (answer === undefined) {
      exchange.addVerdict(mode === 'enforce' ? allowed : wouldAllow)
      return undefined
    }
    // The check may have found out who calls: an exception for that caller counts now.
    const effective = settings.except.get(exchange.caller) ?? mode
    const reason = isGatewayError(answer) ? answer.code : `status ${answer.status}`
    exchange.addVerdict({ plugin: owner.name, mode: effective, decision: 'deny', reason })
    return effective === 'enforce' ? answer : undefined
  }

  function note(exchange: HookSubject): void {
    if (!observe || owner.account.shed) return
    const start = performance.now()
    exchange.tapStartedMs = start
    try {
      const reason = observe(exchange)
      if (reason !== undefined)
        exchange.addVerdict({ plugin: owner.name, mode: 'observe', decision: 'seen', reason })
    } catch (thrown) {
      owner.blame(hook, account, thrown, exchange)
    }
    account.calls++
    account.cpuMs += performance.now() - start
  }
}
