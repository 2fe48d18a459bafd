import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contenders, contendersNamed, serverFor } from '../contenders.ts'
import { MAX_LOAD_SHARE, tooBusy } from '../harness/machine.ts'
import { HELP, parseOptions } from '../harness/options.ts'
import { durationSeconds, spoken, stepsOf } from '../harness/pace.ts'
import { allowedCores } from '../harness/pinning.ts'
import { figuresOf } from '../harness/result.ts'
import { summarise } from '../harness/statistics.ts'
import { END, markdownTable, replaceBetweenMarkers, START, textTable } from '../harness/table.ts'
import { parseStat } from '../harness/usage.ts'
import { scenarioNamed, scenarios } from '../scenarios.ts'

describe('the command line', () => {
  it('collects repeated names', () => {
    const options = parseOptions(['--contender', 'httpxy', '--contender', 'nginx', '--scenario', 'get-small'])
    expect(options).toMatchObject({ contenders: ['httpxy', 'nginx'], scenarios: ['get-small'], force: false })
  })

  it('lets a number override what --quick sets', () => {
    const quick = parseOptions(['--quick']).pace
    expect(parseOptions(['--quick', '--rounds', '9']).pace).toEqual({ ...quick, rounds: 9 })
  })

  it.each([
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--seconds', 'many'],
    ['--fast', ''],
  ])('refuses %s %s', (...args) => {
    expect(() => parseOptions(args)).toThrow()
  })
})

describe('the duration of a run', () => {
  const pace = { rounds: 3, seconds: 2, warmUpSeconds: 4, settleSeconds: 0.5 }

  it('is at least its windows, its settling and its warm-ups', () => {
    expect(durationSeconds(2, pace)).toBeGreaterThanOrEqual(2 * (4 + 0.5 + 3 * 2.5))
    expect(stepsOf(2, pace)).toBe(8)
  })

  it('is said before it is measured, for the default and for --quick', () => {
    expect(spoken(13.2)).toBe('14 s')
    expect(spoken(45 * 60 + 10)).toBe('45 minutes')
    expect(HELP).toMatch(/All scenarios take about \d+ minutes, with --quick \d+ minutes/)
  })
})

describe('names', () => {
  it('always adds the floor', () => {
    expect(contendersNamed(['httpxy']).map(({ name }) => name)).toEqual(['floor', 'httpxy'])
  })

  it('means all by none', () => {
    expect(contendersNamed([])).toEqual(contenders)
  })

  it('lists what exists when a name is unknown', () => {
    expect(() => contendersNamed(['nope'])).toThrow(/no contender "nope"; there are: floor, postern-bare/)
    expect(() => scenarioNamed('nope')).toThrow(/no scenario "nope"; there are: get-small/)
  })
})

describe('a contender', () => {
  const pairs = contenders.flatMap((contender) =>
    scenarios.map((scenario) => ({ contender, scenario, server: serverFor(contender, scenario) })),
  )

  it('has a file that exists for a scenario, or a reason why not', () => {
    for (const { server } of pairs) {
      if (typeof server === 'string')
        expect(existsSync(join(import.meta.dirname, '..', server)), server).toBe(true)
      else expect(server.lacks).not.toBe('')
    }
  })

  it('is left out of no scenario that compares all when it is the floor or Postern', () => {
    const names = ['floor', 'postern-bare', 'postern-full']
    const forAll = scenarios.filter(({ between }) => between === undefined)
    const ours = pairs.filter(
      ({ contender, scenario }) => names.includes(contender.name) && forAll.includes(scenario),
    )
    expect(ours).toHaveLength(3 * forAll.length)
    for (const { server } of ours) expect(server).toBeTypeOf('string')
  })
})

describe('the machine', () => {
  it('is too busy above the share of its cores', () => {
    expect(tooBusy(4 * MAX_LOAD_SHARE, 4)).toBeUndefined()
    expect(tooBusy(4 * MAX_LOAD_SHARE + 0.1, 4)).toMatch(/load average is 2\.10/)
  })

  it('reads the cores that it may use', () => {
    expect(allowedCores('Name:\tnode\nCpus_allowed_list:\t0-2,5\n')).toEqual([0, 1, 2, 5])
    expect(allowedCores('')).toEqual([])
  })

  it('reads ticks and pages behind a name with spaces and parentheses', () => {
    const fields = Array.from({ length: 30 }, (_, i) => i + 3)
    expect(parseStat(`7 (a (b) c) ${fields.join(' ')}`)).toEqual({ ticks: 14 + 15, pages: 24 })
  })
})

describe('the tables', () => {
  const sample = { cpuMicrosPerRequest: 50, requestsPerSecond: 9000, p50Ms: 1, p99Ms: 2, rssBytes: 2 ** 26 }
  const slow = { ...sample, cpuMicrosPerRequest: 100 }
  const figures = { slow: summarise([slow], [sample]), floor: summarise([sample], [sample]) }
  const machine = { cpu: 'Some CPU', cores: 2, memoryBytes: 1, system: 'Linux', pinning: '' }
  const result = {
    machine,
    node: 'v26.10.0',
    commit: 'abc',
    loadAverage: 0,
    scenarios: { 'get-small': figures },
  }

  it('start with the cheapest', () => {
    expect(
      textTable(figures, 'request')
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['contender', 'floor', 'slow'])
  })

  it('give ratios, and say on what machine', () => {
    const table = markdownTable(result, 'A note.')
    expect(table).toContain('| slow | 2.00 | 2.00-2.00 | 64 |')
    expect(table).toContain('A note. Some CPU, 2 cores, Node v26.10.0, commit abc.')
    expect(table).not.toContain('9000')
  })

  it('have a column for idle connections where a scenario has some', () => {
    const floor = { samples: [sample], idleConnectionBytes: 8192 }
    const idle = figuresOf(new Map([['floor', floor]]))
    expect(textTable(idle, 'request')).toMatch(/KiB\/idle\n.* 8$/)
    expect(markdownTable({ ...result, scenarios: { 'idle-1000': idle } }, '')).toContain('| 64 | 8 |')
  })

  it('have columns for the delay of the event loop where a scenario asks for it', () => {
    const samples = [3, 1, 2].map((eventLoopDelayP99Ms) => ({ ...sample, eventLoopDelayP99Ms }))
    const delayed = figuresOf(new Map([['floor', { samples }]]))
    expect(delayed['floor']).toMatchObject({
      eventLoopDelayP99Ms: 2,
      spread: { eventLoopDelayP99Ms: [1, 3] },
    })
    expect(textTable(delayed, 'request')).toMatch(/loop p99 ms .*\n.* 2\.00 +1\.00-3\.00$/)
    expect(markdownTable({ ...result, scenarios: { 'cached-token': delayed } }, '')).toContain(
      '| 64 | 2.00 | 1.00-3.00 |',
    )
    expect(textTable(figures, 'request')).not.toContain('loop')
  })

  it('say what a figure is per', () => {
    expect(textTable(figures, 'message')).toContain('CPU us/message')
    const page = markdownTable({ ...result, scenarios: { 'grpc-unary': figures } }, '')
    expect(page).toContain('| grpc-unary | CPU per call, × floor |')
  })

  it('replace only what stands between the markers', () => {
    const page = `before\n${START}\nold\n${END}\nafter\n`
    const once = replaceBetweenMarkers(page, 'new')
    expect(once).toBe(`before\n${START}\nnew\n${END}\nafter\n`)
    expect(replaceBetweenMarkers(once, 'new')).toBe(once)
  })

  it.each(['', START, `${END} ${START}`])('refuse a page without both markers: "%s"', (page) => {
    expect(() => replaceBetweenMarkers(page, 'new')).toThrow(START)
  })
})
