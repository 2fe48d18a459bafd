import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describedAnswer } from './clients/answer.ts'
import { type Contender, contenders, contendersNamed, FLOOR, serverFor } from './contenders.ts'
import type { Child } from './harness/child.ts'
import { Children } from './harness/children.ts'
import { enter, type Field } from './harness/field.ts'
import { answersOf, proveSame } from './harness/proof.ts'
import { race } from './harness/race.ts'
import { bytesOf, type Http1Scenario, type Scenario } from './scenario.ts'
import { requestHeaders, scenarioNamed, scenarios, tokensOf } from './scenarios.ts'
import { tokensFor } from './servers/load/tokens.ts'

/** No core is needed to compare answers. */
const ANYWHERE = { cores: {}, note: '' }

/** One round, as short as an answer. */
const GLIMPSE = { rounds: 1, seconds: 0.05, warmUpSeconds: 0.01, settleSeconds: 0.02 }

const getSmall = scenarioNamed('get-small') as Http1Scenario

/** Starts contenders for a scenario, proves them, and takes all of it away after `work`. */
async function withField(
  scenario: Scenario,
  chosen: readonly Contender[],
  work: (field: Field, run: { children: Children; folder: string }) => Promise<void>,
): Promise<void> {
  const children = new Children()
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-test-'))
  try {
    const field = await enter(scenario, chosen, folder, children, ANYWHERE)
    await work(field, { children, folder })
  } finally {
    await children.stopAll()
    await rm(folder, { recursive: true, force: true })
  }
}

describe('get-small', () => {
  it('is answered by every contender with the same bytes as by the upstream', {
    timeout: 60_000,
  }, async () => {
    const here = contenders.filter((contender) => typeof serverFor(contender, getSmall) === 'string')
    await withField(getSmall, here, async ({ entrants }) => {
      expect(entrants.map(({ name }) => name)).toEqual(here.map(({ name }) => name))
    })
  })

  it('stays the first, with 50 connections and 105 bytes', () => {
    expect(scenarios[0]).toBe(getSmall)
    expect(getSmall.connections).toBe(50)
    expect(describedAnswer(getSmall).contentLength).toBe('105')
  })

  it('has postern-full verify the token and log each request', async () => {
    const full = contenders.filter(({ name }) => name === 'postern-full')
    await withField(getSmall, full, async ({ entrants, token }, { children, folder }) => {
      const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`
      const [answer] = await answersOf(entrants[0]?.url ?? '', getSmall, forged)
      expect(answer?.status).toBe(401)

      await children.stopAll()
      const log = await readFile(join(folder, 'postern-full.log'), 'utf8')
      const statuses = log.split('\n').filter((line) => /:(200|401)[,}]/.test(line))
      expect(statuses).toHaveLength(6)
    })
  })
})

describe('routing-features', () => {
  const scenario = scenarioNamed('routing-features')

  it('compares plugin-routing with and without them, and nobody else', { timeout: 60_000 }, async () => {
    const here = contenders.filter((contender) => typeof serverFor(contender, scenario) === 'string')
    expect(here.map(({ name }) => name)).toEqual([FLOOR, 'routing-off', 'routing-on'])
    await withField(scenario, here, async ({ entrants }) => expect(entrants).toHaveLength(3))
  })

  it('keeps its contenders to itself', () => {
    const inOthers = scenarios
      .filter((other) => other !== scenario)
      .flatMap((other) => contenders.filter((contender) => typeof serverFor(contender, other) === 'string'))
    expect(inOthers.map(({ name }) => name)).not.toContain('routing-on')
  })
})

describe('trace-cost', () => {
  it('starts all that are made for it', { timeout: 60_000 }, async () => {
    const scenario = scenarioNamed('trace-cost')
    const here = contenders.filter((contender) => typeof serverFor(contender, scenario) === 'string')
    expect(here).toHaveLength(8)
    await withField(scenario, here, async ({ entrants }) => expect(entrants).toHaveLength(8))
  })
})

describe('tokens in turn', () => {
  const pools = scenarios.flatMap((scenario) => {
    const pool = tokensOf(scenario)
    return pool ? [{ scenario, pool, name: scenario.name }] : []
  })

  it('are all in the cache, or none is when its turn comes again', () => {
    for (const { name, pool } of pools) {
      if (name.startsWith('cached')) expect(pool.cacheEntries, name).toBeGreaterThanOrEqual(pool.count)
      else expect(pool.count, name).toBeGreaterThan(4 * pool.cacheEntries)
    }
  })

  it.each(pools)(
    'of $name differ, and are verified by every contender',
    {
      timeout: 60_000,
    },
    async ({ scenario, pool }) => {
      const here = contenders.filter((contender) => typeof serverFor(contender, scenario) === 'string')
      expect(here.map(({ name }) => name)).toEqual([
        FLOOR,
        'postern-workers',
        'postern-inline',
        'fastify-jwt-http-proxy',
      ])
      await withField(scenario, here, async ({ entrants, token, tokensFile }) => {
        const tokens = (await readFile(tokensFile ?? '', 'utf8')).split('\n')
        expect(new Set([...tokens, token]).size).toBe(pool.count + 1)
        const [header = '', payload = ''] = token.split('.')
        const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly alg: string }
        expect(alg).toBe(pool.algorithm)
        for (const { name, url } of entrants.filter((entrant) => entrant.name !== FLOOR)) {
          const forged = await answersOf(url, scenario, `${header}.${payload}.${'A'.repeat(86)}`)
          expect(forged[0]?.status, name).toBe(401)
          const last = await answersOf(url, scenario, tokens.at(-1) ?? '')
          expect(last[0]?.status, name).toBe(200)
        }
      })
    },
  )

  it('go on for each contender where its last window ended', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postern-bench-test-'))
    const tokensFile = join(folder, 'tokens')
    await writeFile(tokensFile, 'a\nb\nc')
    const job = {
      scenario: '',
      token: '',
      tokensFile,
      idleConnections: 0,
      settleSeconds: 0,
      windowSeconds: 0,
    }
    const take = async (url: string) => (await tokensFor({ ...job, url }))?.()
    const taken = [
      await take('one'),
      await take('one'),
      await take('two'),
      await take('one'),
      await take('one'),
    ]
    await rm(folder, { recursive: true })
    expect(taken).toEqual(['a', 'b', 'a', 'c', 'a'])
  })
})

describe('the floor', () => {
  const added = scenarios.filter((scenario) => scenario !== getSmall)
  const children = new Children()
  let load: Child

  beforeAll(async () => {
    load = children.spawn('load', 'servers/load.ts', { scenario: '', folder: '' })
    await load.start()
  })

  afterAll(() => children.stopAll())

  // The limit is for a machine that is busy with something else: two processes start and end.
  it.each(added)('proves its answers and runs a round of $name', { timeout: 60_000 }, async (scenario) => {
    await withField(scenario, contendersNamed([FLOOR]), async (field) => {
      const outcome = (await race(field, load, GLIMPSE, () => {})).get(FLOOR)
      expect(outcome?.samples).toHaveLength(1)
      expect(outcome?.samples[0]?.requestsPerSecond).toBeGreaterThan(0)
      if ('idleConnections' in scenario) expect(outcome?.idleConnectionBytes).toBeGreaterThan(0)
      else expect(outcome).not.toHaveProperty('idleConnectionBytes')
      const delay = outcome?.samples[0]?.eventLoopDelayP99Ms
      if (tokensOf(scenario)) expect(delay).toBeGreaterThanOrEqual(0)
      else expect(delay).toBeUndefined()
    })
  })
})

describe('the proof', () => {
  const same = describedAnswer(getSmall)

  it('accepts equal answers', () => {
    expect(() => proveSame('some-proxy', getSmall, [same, same], same)).not.toThrow()
  })

  it.each([
    ['status', { ...same, status: 502 }],
    ['contentType', { ...same, contentType: 'text/plain' }],
    ['contentLength', { ...same, contentLength: undefined }],
    ['body', { ...same, body: Buffer.alloc(105) }],
  ])('names the contender and the %s that differs', (part, other) => {
    expect(() => proveSame('some-proxy', getSmall, [same, other], same)).toThrow(
      new RegExp(`^some-proxy: answer 2 of 2 .*${part}`),
    )
  })
})

describe('a scenario', () => {
  it('adds the token to the headers of its request', () => {
    const headers = requestHeaders(getSmall, 'a.b.c')
    expect(headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer a.b.c' })
  })

  it('makes up bodies of the asked length, in which no two lines are equal', () => {
    const body = bytesOf({ bytes: 100_000 })
    expect(body).toHaveLength(100_000)
    const lines = body.toString().trimEnd().split('\n')
    expect(new Set(lines).size).toBe(lines.length)
  })
})
