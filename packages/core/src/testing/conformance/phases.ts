import type { GatewayOptions } from '../../options.ts'
import type { TestGateway } from '../test-gateway.ts'
import type { UpstreamPlan } from '../upstream/behaviour.ts'
import { type ConformanceCheck, type ConformanceSetup, expect, expectEqual, pluginFaults } from './setup.ts'

/** One way in which an exchange can go. */
interface Scenario {
  /** Completes "fails in no hook when …". */
  readonly when: string
  /** What is not there then, for the author. */
  readonly hint?: string
  readonly plan?: UpstreamPlan
  readonly options?: GatewayOptions
  /** Sends the request in place of one that passes. */
  readonly send?: (test: TestGateway, path: string) => Promise<Response>
  readonly init?: RequestInit
}

const NO_ATTEMPT = 'exchange.attempt and exchange.endpoint are null then'
const NO_ANSWER = 'exchange.status may be 0 and exchange.attempt.status is 0 then'

const SCENARIOS: readonly Scenario[] = [
  { when: 'an exchange passes' },
  { when: 'a request has a body', init: { method: 'POST', body: 'postern' } },
  { when: 'a request is a HEAD', init: { method: 'HEAD' } },
  {
    when: 'a request comes without what the plugin asks for',
    hint: NO_ATTEMPT,
    send: (test, path) => test.fetch(path),
  },
  {
    when: 'a request is refused before any hook',
    hint: `exchange.path is empty and exchange.route is null; ${NO_ATTEMPT}`,
    send: (test) => test.fetch('/a%2fb'),
  },
  {
    when: 'no route matches',
    hint: `exchange.route is null; ${NO_ATTEMPT}`,
    options: { upstream: undefined },
    send: (test) => test.fetch('/no/such/route'),
  },
  {
    when: 'the upstream answers with an error',
    plan: { kind: 'answer', status: 500, headers: { 'set-cookie': ['a=1', 'b=2'] } },
  },
  { when: 'the upstream sends hints first', plan: { kind: 'informational', count: 3 } },
  { when: 'the upstream resets before it answers', hint: NO_ANSWER, plan: { kind: 'reset-before-head' } },
  {
    when: 'the upstream does not answer in time',
    hint: NO_ANSWER,
    plan: { kind: 'silent' },
    options: { timeouts: { headersMs: 50 } },
  },
  { when: 'the upstream sends garbage', hint: NO_ANSWER, plan: { kind: 'garbage' } },
  { when: 'the upstream cuts its body', plan: { kind: 'reset-in-body', length: 10_000, bytes: 100 } },
]

/** Whatever becomes of an exchange, the plugin meets it without a throw, and it ends once. */
export function phaseChecks(setup: ConformanceSetup): ConformanceCheck[] {
  return SCENARIOS.map((scenario) => ({
    area: 'phases',
    name: `fails in no hook when ${scenario.when}`,
    run: () => meet(scenario, setup),
  }))
}

async function meet(
  { when, hint, plan, options, send, init }: Scenario,
  { start, pass, path }: ConformanceSetup,
): Promise<void> {
  await using test = await start({ ...(plan && { plan }), ...(options && { options }) })
  const sent = send ? send(test, path).then((response) => response.arrayBuffer()) : pass(test, init)
  // Some of these end with a cut: what the client sees of it is not the plugin's matter.
  await sent.catch(() => undefined)
  await test.finished(1)
  const faults = pluginFaults(test)
  const advice = hint === undefined ? '' : ` (${hint})`
  expect(faults.length === 0, `When ${when}${advice}: ${faults.join('. ')}`)
  expectEqual(test.exchanges.length, 1, `Exchanges that ended when ${when}`)
}
