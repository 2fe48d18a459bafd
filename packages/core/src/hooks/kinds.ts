/**
 * The four kinds of hooks. The prefix of a hook's name is its kind, and its kind is what a tap may do (design section
 * 3). tapable lives here and nowhere else. Every kind calls its taps only when there are some: `used` is false for a
 * hook that nobody tapped, and the journey skips it.
 */
import { AsyncSeriesBailHook, SyncBailHook, SyncHook } from 'tapable'
import type { HookSubject } from './subject.ts'

/** A tap that may wait: it answers through the callback, at once or later. */
export type WaitingTap<TResult> = (
  exchange: HookSubject,
  done: (error: Error | null, result?: TResult) => void,
) => void

/** `on*` and `map*`: every tap runs, nothing comes back. */
export class CallHook<TSubject> {
  private readonly hook = new SyncHook<[TSubject]>(['subject'])
  /** Whether anything is tapped. */
  used = false

  /** Adds a tap under its plugin's name. */
  add(plugin: string, fn: (subject: TSubject) => void): void {
    this.hook.tap(plugin, fn)
    this.used = true
  }

  /** Runs all taps. */
  call(subject: TSubject): void {
    this.hook.call(subject)
  }
}

/** `pick*` that cannot wait: the first tap that returns something decides. */
export class PickHook<TResult> {
  private readonly hook = new SyncBailHook<[HookSubject], TResult>(['exchange'])
  /** Whether anything is tapped. */
  used = false

  /** Adds a tap under its plugin's name. */
  add(plugin: string, fn: (exchange: HookSubject) => TResult | undefined): void {
    this.hook.tap(plugin, fn as (exchange: HookSubject) => TResult)
    this.used = true
  }

  /** Runs taps until one decides. */
  call(exchange: HookSubject): TResult | undefined {
    return this.hook.call(exchange)
  }
}

/** `pre*`, and `pick*` that can wait: taps run in series until one gives a result. */
export class WaitingHook<TResult> {
  private readonly hook = new AsyncSeriesBailHook<[HookSubject], TResult>(['exchange'])
  /** Whether anything is tapped. */
  used = false

  /** Adds a tap under its plugin's name. */
  add(plugin: string, fn: WaitingTap<TResult>): void {
    this.hook.tapAsync(plugin, fn)
    this.used = true
  }

  /**
   * Runs taps until one gives a result. Gives it directly when every tap answered at once, so that an exchange whose
   * guards need not wait makes no promise.
   */
  run(exchange: HookSubject): TResult | undefined | Promise<TResult | undefined> {
    const run = new Run<TResult>()
    this.hook.callAsync(exchange, (error, result) => run.settle(error, result))
    return run.result()
  }
}

/** One run of a waiting hook: settled before `result()` is asked, or later. */
class Run<TResult> {
  private settled = false
  private error: Error | null = null
  private value: TResult | undefined
  private resolve: ((value: TResult | undefined) => void) | null = null
  private reject: ((error: Error) => void) | null = null

  settle(error: Error | null | undefined, value: TResult | undefined): void {
    if (this.settled) return
    this.settled = true
    this.error = error ?? null
    this.value = value
    if (error) this.reject?.(error)
    else this.resolve?.(value)
  }

  result(): TResult | undefined | Promise<TResult | undefined> {
    if (!this.settled) {
      return new Promise((resolve, reject) => {
        this.resolve = resolve
        this.reject = reject
      })
    }
    if (this.error) throw this.error
    return this.value
  }
}
