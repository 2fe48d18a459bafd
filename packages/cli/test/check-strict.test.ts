import { afterAll, describe, expect, it } from 'vitest'
import { startChecker } from './_support/checker.ts'
import { folder } from './_support/folder.ts'
import { newAjv } from './_support/json-schema.ts'
import { HAS_TERMINAL, inTerminal } from './_support/terminal.ts'

const gw = startChecker()
afterAll(() => gw.close())

const CONFIG = `upstream: { url: https://127.0.0.1:9, tls: { verify: false } }
timeouts: { totalMs: 5000 }
limits: { requestBodyBytes: 1000000 }
`
const WISE = `upstream: http://127.0.0.1:9
timeouts: { totalMs: 5000 }
limits: { requestBodyBytes: 1000000 }
plugins: [{ use: '@postern/plugin-trace' }]
audit: { accept: [{ rule: no-guard, reason: one service that checks tokens itself }] }
`

const check = async (config: string, ...args: string[]) => {
  await using place = await folder({ 'gateway.yaml': config })
  return await gw.check(place.path, args)
}

describe('gw check --strict', () => {
  it('prints each finding with its place, why and what to do, and ends with 1', async () => {
    const { code, stdout, stderr } = await check(CONFIG, '--strict')
    expect(stdout).toContain(`error  tls-unverified  The certificate of an upstream is not checked
  gateway.yaml:1:54  upstream.tls.verify: TLS without a check of the certificate
   1 | upstream: { url: https://127.0.0.1:9, tls: { verify: false } }
     |                                                      ^
  why  Anybody on the way can answer for the service, and reads every token that the gateway sends.
  fix  Take out verify: false and name the authority that issued the certificate in tls.ca.

advice  no-guard  Nothing finds out who calls
  gateway.yaml  plugins: No plugin is a guard
`)
    expect(stdout).toContain('gateway.yaml is valid.')
    expect(stderr).toBe('The audit found 1 error, 2 pieces of advice\n')
    expect(code).toBe(1)
  })

  it('ends with 0 when nothing is found that is not accepted', async () => {
    const { code, stderr, stdout } = await check(WISE, '--strict', '--fail-on', 'advice')
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'The audit found 1 accepted\n' })
    expect(stdout).toMatch(/^gateway\.yaml is valid\./)
  })

  it.each([
    ['error', CONFIG, 1],
    ['none', CONFIG, 0],
    ['error', 'upstream: http://127.0.0.1:9\n', 0],
    ['warning', 'upstream: http://127.0.0.1:9\n', 1],
  ])('fails on %s and worse when told so', async (failOn, config, code) => {
    expect((await check(config, '--strict', '--fail-on', failOn)).code).toBe(code)
  })

  it.runIf(HAS_TERMINAL)('has colours on a terminal, and none with NO_COLOR', async () => {
    await using place = await folder({ 'gateway.yaml': CONFIG })
    const shown = await inTerminal(['check', '--strict'], { cwd: place.path, steps: [] })
    expect(shown.raw).toContain('\u001b[31merror\u001b[39m')
    const plain = await inTerminal(['check', '--strict'], {
      cwd: place.path,
      steps: [],
      env: { NO_COLOR: '1' },
    })
    expect(plain.raw).not.toContain('\u001b[')
    expect(plain.text.replaceAll('\r', '')).toBe(shown.text.replaceAll('\r', ''))
  })

  it('does not look at a configuration that is not valid', async () => {
    const { code, stdout, stderr } = await check('upstraem: 5\n', '--strict')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('did you mean "upstream"?')
  })

  it('never prints a secret', async () => {
    const secret = 'a-secret-that-is-long-enough-for-hs256'
    const config = `upstream: http://127.0.0.1:9
plugins:
  - use: '@postern/plugin-auth'
    options:
      jwt: [{ issuer: a, audience: b, algorithms: [HS256], secrets: [{ value: { file: secret } }] }]
`
    await using place = await folder({ 'gateway.yaml': config, secret })
    for (const form of ['text', 'json', 'sarif']) {
      const { stdout, stderr } = await gw.check(place.path, ['--strict', '--format', form])
      expect(stdout).toContain('shared-secret-tokens')
      expect(stdout + stderr).not.toContain(secret)
    }
  })

  it.each([
    [['--fail-on', 'error'], '--fail-on belongs to the audit'],
    [['--json', '--format', 'sarif'], 'Give --json or --format'],
    [['--strict', '--fail-on', 'nothing'], 'Allowed choices are error, warning, advice, none'],
  ])('refuses %j', async (args, words) => {
    const { code, stderr, stdout } = await check(WISE, ...args)
    expect(stderr).toContain(words)
    const json = { error: { message: expect.stringContaining(words) as unknown, exitCode: 2 } }
    const isJson = args.includes('--json')
    expect({ code, stdout: isJson ? (JSON.parse(stdout) as unknown) : stdout }).toEqual({
      code: 2,
      stdout: isJson ? json : '',
    })
  })
})

describe('gw check as data', () => {
  it('is JSON with problems, plugins and findings', async () => {
    const { stdout } = await check(CONFIG, '--strict', '--json')
    const data = JSON.parse(stdout) as { findings: object[] }
    expect(data).toMatchObject({ valid: true, problems: [], plugins: [] })
    expect(data.findings[0]).toMatchObject({
      rule: 'tls-unverified',
      severity: 'error',
      path: 'upstream.tls.verify',
      line: 1,
      column: 54,
      accepted: false,
    })
  })

  it('has no findings without --strict, and problems when it is not valid', async () => {
    expect(JSON.parse((await check(CONFIG, '--json')).stdout)).not.toHaveProperty('findings')
    const { code, stdout, stderr } = await check('upstraem: 5\n', '--json')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      problems: [{ path: 'upstraem', message: 'Unknown key "upstraem": did you mean "upstream"?', line: 1 }],
    })
  })
})

/** The parts of the SARIF 2.1.0 schema (OASIS, errata 01) that hosts rely on, by its section of the specification. */
const text = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } }
const SARIF = {
  type: 'object',
  required: ['version', 'runs'], // 3.13
  properties: {
    version: { const: '2.1.0' },
    runs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['tool', 'results'], // 3.14
        properties: {
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          tool: {
            type: 'object',
            required: ['driver'], // 3.18
            properties: {
              driver: {
                type: 'object',
                required: ['name'], // 3.19
                properties: {
                  rules: {
                    type: 'array',
                    uniqueItems: true,
                    items: {
                      type: 'object',
                      required: ['id'], // 3.49
                      properties: {
                        id: { type: 'string' },
                        shortDescription: text,
                        fullDescription: text,
                        help: text,
                      },
                    },
                  },
                },
              },
            },
          },
          results: {
            type: 'array',
            items: {
              type: 'object',
              required: ['message'], // 3.27
              additionalProperties: false,
              properties: {
                ruleId: { type: 'string' },
                ruleIndex: { type: 'integer', minimum: 0 },
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message: text,
                suppressions: {
                  type: 'array',
                  items: {
                    type: 'object',
                    required: ['kind'], // 3.35
                    additionalProperties: false,
                    properties: {
                      kind: { enum: ['inSource', 'external'] },
                      status: { enum: ['accepted', 'underReview', 'rejected'] },
                      justification: { type: 'string' },
                    },
                  },
                },
                locations: {
                  type: 'array',
                  items: {
                    type: 'object',
                    additionalProperties: false, // 3.28
                    properties: {
                      physicalLocation: {
                        type: 'object',
                        required: ['artifactLocation'], // 3.29
                        properties: {
                          artifactLocation: { type: 'object', properties: { uri: { type: 'string' } } },
                          region: {
                            type: 'object',
                            properties: {
                              startLine: { type: 'integer', minimum: 1 }, // 3.30
                              startColumn: { type: 'integer', minimum: 1 },
                            },
                          },
                        },
                      },
                      logicalLocations: { type: 'array', items: { type: 'object' } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
}

interface SarifLog {
  readonly runs: readonly [
    { readonly results: readonly { ruleId: string; ruleIndex: number; suppressions?: object[] }[] } & {
      readonly tool: { readonly driver: { readonly rules: readonly { id: string }[] } }
    },
  ]
}

describe('gw check --format sarif', () => {
  const sarif = async (config: string, ...args: string[]): Promise<SarifLog> => {
    const { stdout } = await check(config, '--format', 'sarif', ...args)
    const log = JSON.parse(stdout) as SarifLog
    const ajv = newAjv()
    expect(ajv.validate(SARIF, log), ajv.errorsText()).toBe(true)
    const [{ results, tool }] = log.runs
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId)
    return log
  }

  it('has a result at the line for each finding', async () => {
    const [{ results }] = (await sarif(CONFIG, '--strict')).runs
    expect(results[0]).toMatchObject({
      ruleId: 'tls-unverified',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'gateway.yaml' },
            region: { startLine: 1, startColumn: 54 },
          },
          logicalLocations: [{ fullyQualifiedName: 'upstream.tls.verify' }],
        },
      ],
    })
  })

  it('suppresses what is accepted, with its reason', async () => {
    const [{ results }] = (await sarif(WISE, '--strict')).runs
    const suppressions = [
      { kind: 'external', status: 'accepted', justification: 'one service that checks tokens itself' },
    ]
    expect(results).toMatchObject([{ ruleId: 'no-guard', level: 'note', suppressions }])
  })

  it('has a result for each problem of a configuration that is not valid', async () => {
    const [{ results }] = (await sarif('upstraem: 5\n')).runs
    expect(results).toMatchObject([{ ruleId: 'invalid', level: 'error' }])
  })
})
