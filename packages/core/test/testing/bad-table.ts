/** Which checks fail for which bad plugin, and what they say to its author. */
import type { PluginInstance } from '../../src/index.ts'
import type { ConformanceArea, ConformanceOptions } from '../../src/testing.ts'
import { acceptsTypos } from './bad-plugins/accepts-typos.ts'
import { answersWhenItBreaks } from './bad-plugins/answers-when-it-breaks.ts'
import { busy } from './bad-plugins/busy.ts'
import { busyTimer } from './bad-plugins/busy-timer.ts'
import { changesRequestHeaders } from './bad-plugins/changes-request-headers.ts'
import { closesOnce } from './bad-plugins/closes-once.ts'
import { failsOpen } from './bad-plugins/fails-open.ts'
import { fillsUndeclaredSlot } from './bad-plugins/fills-undeclared-slot.ts'
import { forgetsOnlyAnswers } from './bad-plugins/forgets-only-answers.ts'
import { forgetsSlot } from './bad-plugins/forgets-slot.ts'
import { hangs } from './bad-plugins/hangs.ts'
import { keepsExchanges } from './bad-plugins/keeps-exchanges.ts'
import { keepsGenerations } from './bad-plugins/keeps-generations.ts'
import { leaksInterval } from './bad-plugins/leaks-interval.ts'
import { leaksListener } from './bad-plugins/leaks-listener.ts'
import { leaksMemory } from './bad-plugins/leaks-memory.ts'
import { leaksServer } from './bad-plugins/leaks-server.ts'
import { leaksTimer } from './bad-plugins/leaks-timer.ts'
import { listensPerExchange } from './bad-plugins/listens-per-exchange.ts'
import { neverCloses } from './bad-plugins/never-closes.ts'
import { neverReady } from './bad-plugins/never-ready.ts'
import { readsUndeclaredSlot } from './bad-plugins/reads-undeclared-slot.ts'
import { refusesAsObserver } from './bad-plugins/refuses-as-observer.ts'
import { sharesState } from './bad-plugins/shares-state.ts'
import { swallowsAborts } from './bad-plugins/swallows-aborts.ts'
import { tapsLate } from './bad-plugins/taps-late.ts'
import { throwsInMapResponse } from './bad-plugins/throws-in-map-response.ts'
import { throwsInOnFinish } from './bad-plugins/throws-in-on-finish.ts'
import { throwsInPickRetry } from './bad-plugins/throws-in-pick-retry.ts'
import { throwsInPreForward } from './bad-plugins/throws-in-pre-forward.ts'
import { waitsInSetup } from './bad-plugins/waits-in-setup.ts'

/** A bad plugin, and what the kit must find. */
export interface Bad {
  readonly make: () => PluginInstance
  readonly options?: ConformanceOptions
  /** The checks that fail, all of them, and what they say. */
  readonly fails: Readonly<Record<string, RegExp>>
  /** Areas to run. Default: all that are quick. The checks of `fails` run in any case. */
  readonly areas?: readonly ConformanceArea[]
}

/** Headers that the plugins with a key let through. */
export const OPEN: ConformanceOptions = { headers: () => ({ 'x-key': 'open' }) }

const CLOSES = 'closes, and closes twice without harm'
const LEAVES = 'leaves no timer, socket or worker behind when it is closed'
const LISTENER = 'leaves no listener behind, after an exchange or when it is closed'
const CLOSED = 'never opens when what it reads fails'
const READY = 'is set up at once, and becomes ready'
const SLOTS = 'fills the slots that it provides, and touches no slot that it does not declare'
const LETS_GO = 'lets go of exchanges that are over'
const MEMORY = 'keeps no memory per exchange'
const when = (what: string): string => `fails in no hook when ${what}`

function everySeat(says: RegExp): Record<string, RegExp> {
  const seats = [
    'in the hop seat',
    'in a server of the host',
    'in the callee seat',
    'in the caller seat',
    'of gateway.fetch',
  ]
  const names = seats.map((seat) => `lets an exchange through ${seat}, and finishes it once`)
  return Object.fromEntries([...names, 'streams a body of 1 MiB both ways'].map((name) => [name, says]))
}

/** By name of the file. */
export const BAD: Readonly<Record<string, Bad>> = {
  'accepts-typos': {
    make: acceptsTypos,
    fails: {
      'refuses unknown options, when it has a schema': /a typo would pass unseen. Use a strict object/,
    },
  },
  'waits-in-setup': {
    make: waitsInSetup,
    fails: { [READY]: /setup\(\) returned a promise.*return a handle at once/ },
  },
  'never-ready': {
    make: neverReady,
    fails: { [READY]: /ready\(\) to be true: it says "The keys are on their way"/ },
  },
  'shares-state': {
    make: sharesState,
    areas: ['contract'],
    fails: {
      'makes instances that do not share state: two gateways run side by side':
        /After another gateway closed, this one answers 503: keep state in setup\(\)/,
    },
  },
  'fills-undeclared-slot': {
    make: fillsUndeclaredSlot,
    fails: { [SLOTS]: /fills the slot "bad-undeclared" in onRequest.*add it to `provides`/ },
  },
  'reads-undeclared-slot': {
    make: readsUndeclaredSlot,
    fails: { [SLOTS]: /reads the slot "bad-unrequired" in onFinish.*add it to `requires`/ },
  },
  'forgets-slot': {
    make: forgetsSlot,
    fails: { [SLOTS]: /provides the slot "bad-forgotten", but did not fill it.*call exchange.set/ },
  },
  'throws-in-on-finish': {
    make: throwsInOnFinish,
    fails: {
      [when('a request is refused before any hook')]:
        /route is null.*bad-throws-in-on-finish threw in onFinish: TypeError/,
      [when('no route matches')]: /route is null.*threw in onFinish: TypeError/,
    },
  },
  'throws-in-pre-forward': {
    make: throwsInPreForward,
    areas: ['seats'],
    fails: everySeat(
      /the client got 503, need 200. bad-throws-in-pre-forward threw in preForward: SyntaxError/,
    ),
  },
  'throws-in-map-response': {
    make: throwsInMapResponse,
    areas: ['seats', 'phases', 'modes'],
    fails: {
      [when('the upstream answers with an error')]: /threw in mapResponse: Error: There is no such page/,
      [when('the upstream resets before it answers')]: /status is 0 then.*threw in mapResponse/,
      [when('the upstream does not answer in time')]: /threw in mapResponse/,
      [when('the upstream sends garbage')]: /threw in mapResponse/,
    },
  },
  'throws-in-pick-retry': {
    make: throwsInPickRetry,
    areas: ['seats', 'phases'],
    fails: {
      [when('the upstream resets before it answers')]: /threw in pickRetry: RangeError: Status 0/,
      [when('the upstream does not answer in time')]: /threw in pickRetry/,
      [when('the upstream sends garbage')]: /threw in pickRetry/,
    },
  },
  'refuses-as-observer': {
    make: refusesAsObserver,
    options: OPEN,
    fails: {
      'has the fault class of a guard when it refuses requests':
        /refuses a bare request with 401, but its fault class is observer.*Declare fault: 'guard'/,
    },
  },
  hangs: {
    make: hangs,
    options: OPEN,
    areas: ['contract', 'seats', 'phases', 'aborts'],
    fails: {
      [when('a request comes without what the plugin asks for')]:
        /threw in preForward: .*did not answer in preForward within 2000 ms/,
    },
  },
  'fails-open': {
    make: failsOpen,
    fails: { [CLOSED]: /preForward tap meets an error inside, the client gets 200.*Let them go/ },
  },
  'answers-when-it-breaks': { make: answersWhenItBreaks, fails: { [CLOSED]: /the client gets 200/ } },
  'swallows-aborts': {
    make: swallowsAborts,
    fails: {
      'stops waiting when the client goes away':
        /Its preForward tap still waits 1000 ms after the client is gone: hand exchange.signal to/,
    },
  },
  'changes-request-headers': {
    make: changesRequestHeaders,
    fails: {
      'changes only what a hook may change in mode shadow':
        /changes exchange.requestHeaders in preForward, in mode shadow.*Set upstreamRequestHeaders in mapUpstreamRequest/,
      'changes only what a hook may change in mode enforce': /in preForward, in mode enforce/,
      'is invisible on the wire in mode shadow':
        /In shadow it changes what the upstream or the client gets: \+ x-checked\. Change headers/,
    },
  },
  'taps-late': {
    make: tapsLate,
    fails: { 'taps nothing after set-up': /taps onFinish \(from onRequest\) after set-up.*tap in setup\(\)/ },
  },
  'closes-once': {
    make: closesOnce,
    fails: { [CLOSES]: /called a second time, threw Error: Already closed. Remember that it is closed/ },
  },
  'never-closes': {
    make: neverCloses,
    areas: [],
    fails: { [CLOSES]: /^close\(\) did not end within 3000 ms/ },
  },
  'leaks-interval': {
    make: leaksInterval,
    fails: {
      [LEAVES]: /a timer that repeats, started in setup \(leaks-interval.ts:\d+:\d+\): end it in close/,
    },
  },
  'leaks-timer': {
    make: leaksTimer,
    fails: { [LEAVES]: /a timer, started in onRequest \(leaks-timer.ts:\d+:\d+\)/ },
  },
  'leaks-server': { make: leaksServer, fails: { [LEAVES]: /a server, started in setup.*: end it in close/ } },
  'leaks-listener': {
    make: leaksListener,
    fails: {
      [LISTENER]: /After close\(\) there are still listeners of process "SIGUSR2": take them off in close/,
    },
  },
  'listens-per-exchange': {
    make: listensPerExchange,
    fails: { [LISTENER]: /After 20 more exchanges there are more listeners of process "SIGUSR2"/ },
  },
  'leaks-memory': {
    make: leaksMemory,
    areas: ['contract', 'seats'],
    fails: {
      [MEMORY]: /Each exchange leaves \d+ bytes behind: look for a map, list or cache that has no bound/,
    },
  },
  'forgets-only-answers': {
    make: forgetsOnlyAnswers,
    fails: {
      [LETS_GO]:
        /^5\d of 200 exchanges are still referenced.*forget them in onFinish, which is called for all/,
    },
  },
  'keeps-exchanges': {
    make: keepsExchanges,
    areas: ['contract', 'seats'],
    fails: {
      [LETS_GO]: /\d+ of 200 exchanges are still referenced after they are over.*forget them in onFinish/,
    },
  },
  'keeps-generations': {
    make: keepsGenerations,
    fails: {
      'keeps no memory per reload': /Each reload leaves \d+ bytes behind: look for state outside setup\(\)/,
    },
  },
  busy: {
    make: busy,
    fails: {
      'stays within 5 ms of event-loop time per exchange':
        /for \d+\.\d+ ms per exchange \(\d+\.\d+ ms in preForward\); the budget is 5 ms/,
    },
  },
  'busy-timer': {
    make: busyTimer,
    areas: ['budget'],
    fails: { 'is idle while nothing happens': /the event loop is busy \d+ % of the time: look for a timer/ },
  },
}
