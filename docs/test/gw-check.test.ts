import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { acceptanceRule } from '../../packages/cli/src/audit/accept.ts'
import { AUDIT_RULES } from '../../packages/cli/src/audit/rules.ts'
import { ROOT } from './support/pages.ts'

it('docs/gw-check.md has a row for every rule of the audit, in their order, and no other', () => {
  const page = readFileSync(`${ROOT}docs/gw-check.md`, 'utf8')
  const rows = [...page.matchAll(/^\| `[a-z-]+` \| (?:error|warning|advice) \| .*$/gm)].map(([row]) => row)
  expect(rows).toEqual(
    [...AUDIT_RULES, acceptanceRule].map(
      ({ id, severity, title }) => `| \`${id}\` | ${severity} | ${title} |`,
    ),
  )
})
