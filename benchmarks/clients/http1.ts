import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { bytesOf, type Http1Scenario } from '../scenario.ts'
import { requestHeaders } from '../scenarios.ts'
import type { Answer } from './answer.ts'
import { type Clients, lanesOn, type Size } from './lanes.ts'

/** HTTP/1.1 connections; each opens when it is first used. */
export async function openHttp1(
  url: string,
  scenario: Http1Scenario,
  token: string,
  { connections, streams }: Size,
): Promise<Clients> {
  const agents = Array.from({ length: connections }, oneConnection)
  return {
    lanes: lanesOn(agents, streams, (agent) => askHttp1(url, scenario, token, agent)),
    close: () => {
      for (const agent of agents) agent.destroy()
    },
  }
}

/** An agent that keeps one connection. */
export function oneConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 })
}

/** Asks once, on a connection of the agent. */
export async function askHttp1(
  url: string,
  scenario: Http1Scenario,
  token: string,
  agent: Agent,
): Promise<Answer> {
  const { method, path, body } = scenario.request
  const req = request(new URL(path, url), { method, headers: requestHeaders(scenario, token), agent })
  // An answer may come before the upload failed; without an answer, `once` rejects.
  req.on('error', () => {})
  req.end(body === undefined ? undefined : bytesOf(body))
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return {
    status: res.statusCode ?? 0,
    contentType: res.headers['content-type'],
    contentLength: res.headers['content-length'],
    body: await buffer(res),
  }
}
