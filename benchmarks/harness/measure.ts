import type { LoadJob } from '../servers/messages.ts'
import type { Child } from './child.ts'
import type { Entrant } from './field.ts'
import type { Sample } from './statistics.ts'
import { usageOf } from './usage.ts'

/**
 * What a contender takes for the load of one window.
 * @throws Error naming the contender when anything failed under load
 */
export async function measure({ name, child }: Entrant, load: Child, job: LoadJob): Promise<Sample> {
  const opened = load.next('open')
  const closed = load.next('closed')
  const idle = load.next('idle')
  load.send({ type: 'load', job })
  await opened
  const watched = job.tokensFile !== undefined
  const before = await usageOf(child)
  if (watched) child.send({ type: 'watchLoop' })
  const { result } = await closed
  const after = await usageOf(child)
  const delay = watched ? { eventLoopDelayP99Ms: await loopDelayOf(child) } : {}
  const { failures, failed } = await idle
  if (failed > 0) throw new Error(`${name} failed under load, ${failed} times: ${failures.join('; ')}`)
  if (result.requests === 0) throw new Error(`${name} answered nothing under load`)
  return {
    cpuMicrosPerRequest: (after.cpuMicros - before.cpuMicros) / result.requests,
    requestsPerSecond: result.requests / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssBytes: after.rssBytes,
    ...delay,
  }
}

/**
 * Resident memory that each idle connection of the job adds to a contender, in bytes. Garbage is collected before both
 * readings, else the heap's growth would count as the connections'.
 * @throws Error naming the contender when a connection was refused or closed
 */
export async function addedByIdle({ name, child }: Entrant, load: Child, job: LoadJob): Promise<number> {
  const before = await collectedRss(child)
  const held = load.next('held')
  load.send({ type: 'hold', job })
  await held
  const after = await collectedRss(child)
  const idle = load.next('idle')
  load.send({ type: 'release' })
  const { failures, failed } = await idle
  if (failed > 0) throw new Error(`${name} did not keep idle connections: ${failures.join('; ')}`)
  return (after - before) / job.idleConnections
}

async function collectedRss(child: Child): Promise<number> {
  const collected = child.next('collected')
  child.send({ type: 'collect' })
  await collected
  return (await usageOf(child)).rssBytes
}

/**
 * Has a contender verify each token of the job once, before anything is timed.
 * @throws Error naming the contender when it refused one
 */
export async function fillCache({ name }: Entrant, load: Child, job: LoadJob): Promise<void> {
  const idle = load.next('idle')
  load.send({ type: 'fill', job })
  const { failures, failed } = await idle
  if (failed > 0) throw new Error(`${name} refused ${failed} tokens: ${failures.join('; ')}`)
}

async function loopDelayOf(child: Child): Promise<number> {
  const loop = child.next('loop')
  child.send({ type: 'unwatchLoop' })
  return (await loop).delayP99Ms
}
