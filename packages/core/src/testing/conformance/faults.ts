import type { FaultClass } from '../../plugin.ts'
import type { UpstreamPlan } from '../upstream/behaviour.ts'
import { type PluginWrapping, wrapPlugin } from '../wrap-plugin.ts'
import { type ConformanceCheck, type ConformanceSetup, expect } from './setup.ts'

/** How long a hanging tap may keep an exchange in these checks. Where none hangs, honest work has its usual time. */
const HANG_MS = 100

/** Hooks whose taps may wait. */
const WAITING: ReadonlySet<string> = new Set(['preMatch', 'preForward', 'pickEndpoint', 'preSend'])

/** Calls that no exchange makes: a throw in them stops the start. */
const NOT_HOOKS: ReadonlySet<string> = new Set(['setup', 'onRoute', 'close'])

/** Exchanges that between them meet every hook that the plugin taps: some hooks are met only when an attempt fails. */
const PLANS = [
  { plan: { kind: 'echo' }, healthy: 200 },
  { plan: { kind: 'reset-before-head' }, healthy: 502 },
] as const

/** A fault in every hook that the plugin uses means what its fault class says. */
export function faultChecks(setup: ConformanceSetup): ConformanceCheck[] {
  const area = 'faults'
  return [
    {
      area,
      name: 'means what its fault class says when its taps throw',
      run: () => expectMeaning(setup, 'throw', () => true),
    },
    {
      area,
      name: 'means what its fault class says when its taps hang',
      run: () => expectMeaning(setup, 'hang', (hook) => WAITING.has(hook)),
    },
    { area, name: 'has the fault class of a guard when it refuses requests', run: () => expectGuard(setup) },
    { area, name: 'never opens when what it reads fails', run: () => expectClosed(setup) },
  ]
}

type Fault = 'throw' | 'hang'

async function expectMeaning(
  setup: ConformanceSetup,
  how: Fault,
  concerns: (hook: string) => boolean,
): Promise<void> {
  const { fault } = setup.make().definition
  const tried = new Set<string>()
  for (const { plan, healthy } of PLANS) {
    const hooks = new Set<string>()
    await statusWhen(setup, plan, {
      around(where, call, subject) {
        hooks.add(where)
        return call(subject)
      },
    })
    for (const hook of hooks) {
      if (NOT_HOOKS.has(hook) || tried.has(hook) || !concerns(hook)) continue
      tried.add(hook)
      const around = sabotage(hook, how)
      const status = await statusWhen(setup, plan, { around }, how === 'hang' ? HANG_MS : undefined)
      const needed = neededStatus(fault, hook, healthy)
      expect(
        status === needed,
        `A ${fault} whose ${hook} tap ${how}s must give the client ${needed}, but it got ${status}`,
      )
    }
  }
}

/** Never open behind a broken guard, never an error of its own behind a broken observer. */
function neededStatus(fault: FaultClass, hook: string, healthy: number): number {
  if (hook.startsWith('on') || fault === 'observer') return healthy
  return fault === 'guard' ? 503 : 500
}

function sabotage(hook: string, how: Fault): NonNullable<PluginWrapping['around']> {
  return (where, call, subject) => {
    if (where !== hook) return call(subject)
    if (how === 'hang') return new Promise(() => {})
    throw new Error('Sabotaged by the conformance kit')
  }
}

/** The status that the client gets while the plugin is wrapped. @param pluginMs its time. Default: that of the other checks. */
async function statusWhen(
  { start, pass }: ConformanceSetup,
  plan: UpstreamPlan,
  wrapping: PluginWrapping,
  pluginMs?: number,
): Promise<number> {
  await using test = await start({
    plan,
    options: pluginMs === undefined ? {} : { timeouts: { pluginMs } },
    change: (plugin) => wrapPlugin(plugin, wrapping),
  })
  return (await pass(test)).status
}

/** An observer that throws is left out: what it would have refused passes. */
async function expectGuard({ make, start, path }: ConformanceSetup): Promise<void> {
  const { fault } = make().definition
  await using test = await start()
  const response = await test.fetch(path)
  await response.arrayBuffer()
  const refusal = response.status >= 400 && test.upstream.requests.length === 0
  expect(
    !(refusal && fault === 'observer'),
    `It refuses a bare request with ${response.status}, but its fault class is observer: when it throws, such requests pass. ` +
      "Declare fault: 'guard'",
  )
}

/** A guard in whose hands everything breaks must not let the exchange pass, however it catches what it meets. */
async function expectClosed(setup: ConformanceSetup): Promise<void> {
  if (setup.make().definition.fault !== 'guard') return
  for (const hook of ['preMatch', 'preForward', 'preSend']) {
    let met = false
    const fail = (): never => {
      met = true
      throw new Error('The conformance kit lets this fail')
    }
    const status = await statusWhen(setup, PLANS[0].plan, {
      around: (where, call, subject) => call(where === hook ? breakable(subject as object, fail) : subject),
    })
    expect(
      !met || status >= 400,
      `When its ${hook} tap meets an error inside, the client gets ${status}: a guard that catches its own errors and goes on ` +
        'is open. Let them go: core answers 503 for it',
    )
  }
}

/** An exchange whose lists and slots fail when they are used: not at the first touch, which may be outside of any `try`. */
function breakable(exchange: object, fail: () => never): object {
  return new Proxy(exchange, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value === 'function') return fail
      return Array.isArray(value) ? new Proxy(value, { get: fail }) : value
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  })
}
