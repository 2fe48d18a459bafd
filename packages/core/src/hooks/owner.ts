import { GatewayError, isGatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Logger } from '../logger.ts'
import type { FaultClass } from '../plugin.ts'
import type { HookAccount, PluginAccount } from '../stats.ts'

/** Faults of an observer within `SHED_WINDOW_MS` after which it is shed. */
const SHED_FAULTS = 20
/** The window in which an observer's faults are counted together. */
const SHED_WINDOW_MS = 60_000

/** The plugin behind a tap: who is blamed, charged and, when it is an observer, shed. */
export class TapOwner {
  readonly name: string
  readonly fault: FaultClass
  readonly account: PluginAccount
  readonly #logger: Logger
  #windowStartMs = 0
  #windowFaults = 0

  constructor(name: string, fault: FaultClass, account: PluginAccount, logger: Logger) {
    this.name = name
    this.fault = fault
    this.account = account
    this.#logger = logger
  }

  /** Counts and logs a throw. Sheds an observer that keeps failing, so that it stops costing time and log lines. */
  blame(hook: string, account: HookAccount, thrown: unknown, exchange: Exchange | undefined): void {
    account.faults++
    this.#logger.error(
      { plugin: this.name, hook, exchangeId: exchange?.id, err: thrown },
      `Plugin ${this.name} failed in ${hook}`,
    )
    if (this.fault !== 'observer' || this.account.shed) return
    const now = performance.now()
    if (now - this.#windowStartMs > SHED_WINDOW_MS) {
      this.#windowStartMs = now
      this.#windowFaults = 0
    }
    if (++this.#windowFaults < SHED_FAULTS) return
    this.account.shed = true
    this.#logger.error(
      { plugin: this.name, faults: this.#windowFaults, windowMs: SHED_WINDOW_MS },
      `Observer ${this.name} is shed after ${this.#windowFaults} faults; traffic goes on without it. Reload to try it again`,
    )
  }

  /** What an exchange fails with when this plugin throws: a guard refuses, anything else breaks. */
  failure(hook: string, thrown: unknown): GatewayError {
    if (isGatewayError(thrown)) return thrown
    const code = this.fault === 'guard' ? 'GW_GUARD_THREW' : 'GW_PLUGIN_THREW'
    return new GatewayError(code, {
      message: `${this.name} threw in ${hook}`,
      plugin: this.name,
      cause: thrown,
    })
  }

  /** What an exchange fails with when this plugin lets it wait too long. */
  timeout(hook: string, waitedMs: number): GatewayError {
    const code = this.fault === 'guard' ? 'GW_GUARD_TIMEOUT' : 'GW_PLUGIN_TIMEOUT'
    return new GatewayError(code, {
      message: `${this.name} did not answer in ${hook} within ${waitedMs} ms`,
      plugin: this.name,
    })
  }
}
