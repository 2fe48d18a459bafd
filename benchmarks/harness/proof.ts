import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, differenceOf } from '../clients/answer.ts'
import { openClients } from '../clients/open.ts'
import type { Scenario } from '../scenario.ts'

/** Answers compared per contender, on one connection: the second request shows what the first one left behind. */
const REQUESTS = 3

/** How long they may take together. */
const ANSWERS_MS = 10_000

/** Asks for the scenario's answer, `REQUESTS` times on one connection. */
export async function answersOf(url: string, scenario: Scenario, token: string): Promise<Answer[]> {
  const asked = askAll(url, scenario, token)
  const late = delay(ANSWERS_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${ANSWERS_MS / 1000} s`)
  })
  return Promise.race([asked, late])
}

/**
 * Proves that every answer equals the expected one.
 * @throws Error naming the contender, the part that differs and both values
 */
export function proveSame(
  contender: string,
  scenario: Scenario,
  answers: readonly Answer[],
  expected: Answer,
): void {
  for (const [index, answer] of answers.entries()) {
    const difference = differenceOf(answer, expected)
    if (difference === undefined) continue
    const where = `${contender}: answer ${index + 1} of ${answers.length} to "${scenario.name}"`
    throw new Error(`${where} differs from the upstream's: ${difference}`)
  }
}

async function askAll(url: string, scenario: Scenario, token: string): Promise<Answer[]> {
  const { lanes, close } = await openClients(url, scenario, token, { connections: 1, streams: 1 })
  try {
    const answers: Answer[] = []
    for (let i = 0; i < REQUESTS; i++) for (const ask of lanes) answers.push(await ask())
    return answers
  } finally {
    close()
  }
}
