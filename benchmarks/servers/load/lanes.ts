import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, describedAnswer, differenceOf } from '../../clients/answer.ts'
import type { Ask, Clients } from '../../clients/lanes.ts'
import { openClients } from '../../clients/open.ts'
import { type Scenario, streamsOf } from '../../scenario.ts'
import type { LoadJob } from '../messages.ts'
import type { Failures } from './failures.ts'
import { Window } from './window.ts'

/** How long the last answers may take after the window. */
const LAST_ANSWERS_MS = 5_000

/** Asks on every lane without a pause and compares each answer. Resolves when the last one is there. */
export async function loadLanes(job: LoadJob, scenario: Scenario, failures: Failures): Promise<void> {
  const clients = await open(job, scenario, failures)
  const window = new Window(job)
  const expected = describedAnswer(scenario)
  const lanes = Promise.all(clients.lanes.map((ask) => repeat(ask, expected, window, failures)))
  await window.closed
  const late = delay(LAST_ANSWERS_MS, 'late', { ref: false })
  if ((await Promise.race([lanes, late])) === 'late')
    failures.add(`no answer within ${LAST_ANSWERS_MS / 1000} s`)
  clients.close()
}

/** No connection is a failure like any other: the harness waits for a window, and names the contender. */
async function open(job: LoadJob, scenario: Scenario, failures: Failures): Promise<Clients> {
  const size = { connections: scenario.connections, streams: streamsOf(scenario) }
  try {
    return await openClients(job.url, scenario, job.token, size)
  } catch (error) {
    failures.add(error)
    return { lanes: [], close: () => {} }
  }
}

/** A lane ends with its first failure: a connection that broke would fail without a pause. */
async function repeat(ask: Ask, expected: Answer, window: Window, failures: Failures): Promise<void> {
  while (!window.isClosed) {
    const askedAt = performance.now()
    try {
      const answer = await ask()
      window.answered(performance.now() - askedAt)
      const difference = differenceOf(answer, expected)
      if (difference !== undefined) failures.add(difference)
    } catch (error) {
      failures.add(error)
      return
    }
  }
}
