import { readFile } from 'node:fs/promises'
import { askHttp1, oneConnection } from '../../clients/http1.ts'
import { scenarioNamed } from '../../scenarios.ts'
import type { LoadJob } from '../messages.ts'
import type { Failures } from './failures.ts'

/** The next token for a contender. */
export type NextToken = () => string

/** Each contender goes on where its last window ended: what it got last is what its cache still holds. */
const cycles = new Map<string, NextToken>()

/** The tokens of the job's file, in turn. */
export async function tokensFor({ url, tokensFile }: LoadJob): Promise<NextToken | undefined> {
  if (tokensFile === undefined) return undefined
  const id = `${tokensFile} ${url}`
  const known = cycles.get(id)
  if (known) return known
  const tokens = await readTokens(tokensFile)
  let used = 0
  const next = () => tokens[used++ % tokens.length] as string
  cycles.set(id, next)
  return next
}

/** Uses each token once. */
export async function useAll(job: LoadJob, failures: Failures): Promise<void> {
  const scenario = scenarioNamed(job.scenario)
  if (scenario.wire !== 'http1' || job.tokensFile === undefined) throw new Error('there are no tokens to use')
  const waiting = (await readTokens(job.tokensFile)).values()
  const useSome = async () => {
    const agent = oneConnection()
    for (const token of waiting) {
      const { status } = await askHttp1(job.url, scenario, token, agent)
      if (status !== scenario.response.status) failures.add(`status ${status}`)
    }
    agent.destroy()
  }
  const all = Array.from({ length: scenario.connections }, useSome)
  await Promise.all(all).catch((error: unknown) => failures.add(error))
}

async function readTokens(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).split('\n')
}
