/** Modes and verdicts of `pre*` taps, once for every plugin: an author writes the check and gets `shadow` for free. */
import { type GatewayError, isGatewayError } from '../errors.ts'
import type { Exchange, Reply, Verdict } from '../exchange.ts'
import { type Mode, modeFor, type ResolvedModeSettings } from '../modes.ts'
import type { PreResult } from '../plugin.ts'
import type { WaitingTap } from './kinds.ts'
import type { TapOwner } from './owner.ts'
import type { HookSubject } from './subject.ts'
import { waitingTap } from './taps.ts'

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
  const allow = new Map<Mode, Verdict>(
    (['shadow', 'enforce'] as const).map((mode) => [
      mode,
      { plugin: owner.name, mode, decision: 'allow', reason: 'ok' },
    ]),
  )
  const account = owner.account.hook(hook)
  const run = waitingTap<Answer>(owner, hook, deadlineMs, check as (exchange: Exchange) => Answer | undefined)

  return (exchange, done) => {
    const mode = modeFor(settings, exchange)
    if (mode === 'off' || (mode === 'shadow' && !isGuard)) return done(null)
    if (mode === 'observe') {
      note(exchange)
      return done(null)
    }
    run(exchange, (thrown, result) => {
      // A guard's thrown refusal is a refusal; its failure is one too: never open (design section 6).
      const answer = thrown ? asFailure(thrown) : result
      if (!isGuard) return thrown ? done(thrown) : done(null, answer)
      if (exchange.aborted) return done(null)
      if (answer === undefined) {
        exchange.addVerdict(allow.get(mode) as Verdict)
        return done(null)
      }
      // The check may have found out who calls: an exception for that caller counts now.
      const effective = settings.except.get(exchange.caller) ?? mode
      const reason = isGatewayError(answer) ? answer.code : `status ${answer.status}`
      exchange.addVerdict({ plugin: owner.name, mode: effective, decision: 'deny', reason })
      if (effective === 'enforce') done(null, answer)
      else done(null)
    })
  }

  function note(exchange: HookSubject): void {
    if (!observe || owner.account.shed) return
    const start = performance.now()
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

  function asFailure(thrown: Error): GatewayError {
    return isGatewayError(thrown) ? thrown : owner.failure(hook, thrown)
  }
}
