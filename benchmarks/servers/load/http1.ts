import autocannon from 'autocannon'
import { bytesOf, type Http1Scenario } from '../../scenario.ts'
import { requestHeaders } from '../../scenarios.ts'
import type { LoadJob } from '../messages.ts'
import type { Failures } from './failures.ts'
import { openIdle } from './idle.ts'
import { type NextToken, tokensFor } from './tokens.ts'
import { Window } from './window.ts'

/** Repeats the request with autocannon, beside the idle connections of the job. Resolves when all connections are gone. */
export async function loadHttp1(job: LoadJob, scenario: Http1Scenario, failures: Failures): Promise<void> {
  const idle = await openIdle(job, failures)
  await repeat(job, scenario, failures, await tokensFor(job))
  idle.close()
}

function repeat(
  job: LoadJob,
  scenario: Http1Scenario,
  failures: Failures,
  nextToken: NextToken | undefined,
): Promise<void> {
  const { method, path, body } = scenario.request
  const options = {
    url: job.url + path,
    method,
    headers: requestHeaders(scenario, job.token),
    ...(body === undefined ? {} : { body: bytesOf(body) }),
    ...(nextToken ? { requests: [{ setupRequest: carrying(nextToken) }] } : {}),
    connections: scenario.connections,
    // Ended by `stop` below; the reserve only keeps it from ending first.
    duration: job.settleSeconds + job.windowSeconds + 60,
    sampleInt: 50,
  }
  return new Promise((resolve) => {
    const load = autocannon(options, (error: Error | null) => {
      if (error) failures.add(error)
      resolve()
    })
    const window = new Window(job)
    load.on('response', (_client, status, _bytes, ms) => {
      window.answered(ms)
      if (status !== scenario.response.status) failures.add(`status ${status}`)
    })
    load.on('reqError', (error) => failures.add(error))
    void window.closed.then(() => load.stop())
  })
}

/** Gives each request the token whose turn it is. */
function carrying(nextToken: NextToken): (request: autocannon.Request) => autocannon.Request {
  return (request) => ({
    ...request,
    headers: { ...request.headers, authorization: `Bearer ${nextToken()}` },
  })
}
