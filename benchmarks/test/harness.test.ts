import { describe, expect, it } from 'vitest'
import { contenders, contendersNamed } from '../contenders.ts'
import { MAX_LOAD_SHARE, tooBusy } from '../harness/machine.ts'
import { parseOptions } from '../harness/options.ts'
import { allowedCores } from '../harness/pinning.ts'
import { summarise } from '../harness/statistics.ts'
import { END, markdownTable, replaceBetweenMarkers, START, textTable } from '../harness/table.ts'
import { parseStat } from '../harness/usage.ts'
import { scenarioNamed } from '../scenarios.ts'

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
