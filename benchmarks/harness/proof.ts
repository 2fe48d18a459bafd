import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { type HttpScenario, requestHeaders } from '../scenarios.ts'

/** What must be equal whichever way an answer came. */
export interface Answer {
  readonly status: number
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
  readonly body: Buffer
}

/** Answers compared per contender, on one connection: the second request shows what the first one left behind. */
const REQUESTS = 3

/** How long an answer may take. */
const ANSWER_MS = 5_000

/** Asks for the scenario's answer, `REQUESTS` times on one connection. */
export async function answersOf(url: string, scenario: HttpScenario, token: string): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  try {
    const answers: Answer[] = []
    for (let i = 0; i < REQUESTS; i++)
      answers.push(await ask(url, scenario, requestHeaders(scenario, token), agent))
    return answers
  } finally {
    agent.destroy()
  }
}

/**
 * Proves that every answer equals the expected one.
 * @throws Error naming the contender, the part that differs and both values
 */
export function proveSame(
  contender: string,
  scenario: HttpScenario,
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

/** The answer that the scenario describes; the upstream itself is held to it first. */
export function describedAnswer({ response }: HttpScenario): Answer {
  const body = Buffer.from(response.body)
  return {
    status: response.status,
    contentType: response.headers['content-type'],
    contentLength: String(body.length),
    body,
  }
}

function differenceOf(answer: Answer, expected: Answer): string | undefined {
  for (const part of ['status', 'contentType', 'contentLength'] as const) {
    if (answer[part] !== expected[part]) return `${part} is ${answer[part]}, not ${expected[part]}`
  }
  if (answer.body.equals(expected.body)) return undefined
  return `the body of ${answer.body.length} bytes is not the expected one of ${expected.body.length} bytes`
}

async function ask(
  url: string,
  scenario: HttpScenario,
  headers: Record<string, string>,
  agent: Agent,
): Promise<Answer> {
  const { method, path, body } = scenario.request
  const req = request(new URL(path, url), { method, headers, agent, signal: AbortSignal.timeout(ANSWER_MS) })
  req.end(body)
  const [res]: [IncomingMessage] = (await once(req, 'response')) as [IncomingMessage]
  return {
    status: res.statusCode ?? 0,
    contentType: res.headers['content-type'],
    contentLength: res.headers['content-length'],
    body: await buffer(res),
  }
}
