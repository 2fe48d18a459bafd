import type { Agent } from 'node:http'
import { askHttp1, oneConnection } from '../../clients/http1.ts'
import { scenarioNamed } from '../../scenarios.ts'
import type { LoadJob } from '../messages.ts'
import type { Failures } from './failures.ts'

/** Connections that open at once: no more than the load uses, or the proxy would open more to its upstream, and keep them. */
const AT_ONCE = 50

/** Connections that were used once and stand open since. */
export interface IdleConnections {
  /** Counts those that are gone as failures, and closes the others. */
  readonly close: () => void
}

/** Opens as many as the job asks for. */
export async function openIdle(job: LoadJob, failures: Failures): Promise<IdleConnections> {
  const scenario = scenarioNamed(job.scenario)
  if (scenario.wire !== 'http1') throw new Error('idle connections are of HTTP/1.1')
  const agents = Array.from({ length: job.idleConnections }, oneConnection)
  const waiting = agents.values()
  const openSome = async () => {
    for (const agent of waiting) await askHttp1(job.url, scenario, job.token, agent)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, openSome)).catch((error: unknown) => failures.add(error))
  return {
    close: () => {
      const gone = agents.filter((agent) => !isOpen(agent)).length
      if (gone > 0) failures.add(`${gone} of ${agents.length} idle connections are gone`)
      for (const agent of agents) agent.destroy()
    },
  }
}

function isOpen({ freeSockets }: Agent): boolean {
  return Object.values(freeSockets).some((sockets) => sockets?.some((socket) => !socket.destroyed))
}
