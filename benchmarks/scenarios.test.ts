import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contenders } from './contenders.ts'
import { Children } from './harness/children.ts'
import { enter } from './harness/http.ts'
import { answersOf, describedAnswer, proveSame } from './harness/proof.ts'
import { requestHeaders, scenarioNamed, scenarios } from './scenarios.ts'

/** No core is needed to compare answers. */
const ANYWHERE = { cores: {}, note: '' }

let children: Children
let folder: string

beforeEach(async () => {
  children = new Children()
  folder = await mkdtemp(join(tmpdir(), 'postern-bench-test-'))
})

afterEach(async () => {
  await children.stopAll()
  await rm(folder, { recursive: true, force: true })
})

describe.each(scenarios)('scenario $name', (scenario) => {
  const here = contenders.filter(({ missing }) => missing?.() === undefined)

  it.each(here)('$name gives the same bytes as the upstream', async (contender) => {
    const field = await enter(scenario, [contender], folder, children, ANYWHERE)
    expect(field.entrants.map((entrant) => entrant.contender.name)).toEqual([contender.name])
  })
})

describe('get-small', () => {
  const scenario = scenarioNamed('get-small')

  it('answers with 105 bytes', () => {
    expect(describedAnswer(scenario).contentLength).toBe('105')
  })

  it('has postern-full verify the token and log each request', async () => {
    const full = contenders.filter(({ name }) => name === 'postern-full')
    const { entrants, token } = await enter(scenario, full, folder, children, ANYWHERE)
    const url = entrants[0]?.url ?? ''
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`
    const [answer] = await answersOf(url, scenario, forged)
    expect(answer?.status).toBe(401)

    await children.stopAll()
    const log = await readFile(join(folder, 'postern-full.log'), 'utf8')
    const statuses = log.split('\n').filter((line) => /:(200|401)[,}]/.test(line))
    expect(statuses).toHaveLength(6)
  })
})

describe('the proof', () => {
  const scenario = scenarioNamed('get-small')
  const same = describedAnswer(scenario)

  it('accepts equal answers', () => {
    expect(() => proveSame('some-proxy', scenario, [same, same], same)).not.toThrow()
  })

  it.each([
    ['status', { ...same, status: 502 }],
    ['contentType', { ...same, contentType: 'text/plain' }],
    ['contentLength', { ...same, contentLength: undefined }],
    ['body', { ...same, body: Buffer.alloc(105) }],
  ])('names the contender and the %s that differs', (part, other) => {
    expect(() => proveSame('some-proxy', scenario, [same, other], same)).toThrow(
      new RegExp(`^some-proxy: answer 2 of 2 .*${part}`),
    )
  })
})

describe('requestHeaders', () => {
  it('adds the token to the headers of the scenario', () => {
    const headers = requestHeaders(scenarioNamed('get-small'), 'a.b.c')
    expect(headers).toMatchObject({ accept: 'application/json', authorization: 'Bearer a.b.c' })
  })
})
