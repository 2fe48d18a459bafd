import { describe, expect, it } from 'vitest'
import { auditOf } from '../_support/audit.ts'

const CONFIG = (accept: string): string => `plugins:
  - use: '@postern/plugin-routing'
    options:
      services:
        orders: { endpoints: [http://127.0.0.1:9] }
        stock: { endpoints: [http://127.0.0.1:8] }
      routes:
        - { match: { path: /orders }, to: orders }
        - { match: { path: /stock }, to: stock }
audit: { accept: [${accept}] }
`

/** The findings about owners and acceptances. */
const found = async (accept: string, day = '2026-12-01T00:00:00Z') =>
  (await auditOf(CONFIG(accept), { nowMs: Date.parse(day) }))
    .filter(({ rule }) => /^(no-owner|acceptance-stale)$/.test(rule.id))
    .map(
      ({ rule, path, accepted, severity }) => `${severity} ${rule.id} ${path}${accepted ? ' accepted' : ''}`,
    )

const ORDERS = 'warning no-owner plugins[0].options.services.orders'
const STOCK = 'warning no-owner plugins[0].options.services.stock'

describe('a finding is accepted', () => {
  it.each([
    [
      'by its rule alone, at every place',
      '{ rule: no-owner, reason: later }',
      [`${ORDERS} accepted`, `${STOCK} accepted`],
    ],
    ['at a service', '{ rule: no-owner, at: stock, reason: later }', [ORDERS, `${STOCK} accepted`]],
    [
      'below a path',
      '{ rule: no-owner, at: "plugins[0].options.services.orders", reason: later }',
      [`${ORDERS} accepted`, STOCK],
    ],
  ])('%s', async (_name, accept, expected) => {
    expect(await found(accept)).toEqual(expected)
  })

  it('through its last day, and is found again with its reason from the next day on', async () => {
    const accept = '{ rule: no-owner, at: stock, until: 2026-12-01, reason: the team is being formed }'
    expect(await found(accept, '2026-12-01T23:59:59Z')).toEqual([ORDERS, `${STOCK} accepted`])
    expect(await found(accept, '2026-12-02T00:00:00Z')).toEqual([ORDERS, STOCK])
    const [, stock] = (await auditOf(CONFIG(accept), { nowMs: Date.parse('2026-12-02T00:00:00Z') })).filter(
      ({ rule }) => rule.id === 'no-owner',
    )
    expect(stock?.message).toBe(
      'Service "stock" has no owner; routes "/stock/*" lead to it (accepted until 2026-12-01: the team is being formed)',
    )
  })

  it('not by a path that only begins like its own', async () => {
    expect(await found('{ rule: no-owner, at: "plugins[0].options.services.ord", reason: later }')).toEqual([
      ORDERS,
      STOCK,
      'advice acceptance-stale audit.accept[0].rule',
    ])
  })
})

describe('an acceptance', () => {
  it('of a rule that does not exist is a warning, with the one that was meant', async () => {
    const findings = await auditOf(CONFIG('{ rule: no-onwer, reason: later }'))
    expect(findings.find(({ rule }) => rule.id === 'acceptance-stale')).toMatchObject({
      severity: 'warning',
      line: 10,
      message: 'There is no rule "no-onwer": did you mean "no-owner"?',
    })
  })
})
