/** Findings as SARIF 2.1.0 (OASIS), which code hosts and editors show at the line. */
import { relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PlacedIssue } from '../config/issues.ts'
import { acceptanceRule } from './accept.ts'
import type { PlacedFinding } from './audit.ts'
import type { AuditRule, Severity } from './rule.ts'
import { AUDIT_RULES } from './rules.ts'

/** What a log is made of. */
export interface SarifInput {
  /** Absolute path of the configuration. */
  readonly file: string
  /** What makes the configuration invalid. */
  readonly problems: readonly PlacedIssue[]
  /** What the audit found. */
  readonly findings: readonly PlacedFinding[]
  /** Version of this program. */
  readonly version: string
}

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  advice: 'note',
}

/** For what `gw check` finds without `--strict`. */
const invalid: Omit<AuditRule, 'check'> = {
  id: 'invalid',
  severity: 'error',
  title: 'The configuration is not valid',
  why: 'The gateway does not start with it, and a reload keeps what runs.',
  fix: 'Mend what the message names.',
}

const RULES = [invalid, ...AUDIT_RULES, acceptanceRule]

/** The log. */
export function sarifLog({ file, problems, findings, version }: SarifInput): object {
  return {
    version: '2.1.0',
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    runs: [
      {
        tool: { driver: { name: 'gw check', semanticVersion: version, rules: RULES.map(descriptor) } },
        columnKind: 'utf16CodeUnits',
        results: [
          ...problems.map((issue) => result(issue, invalid, 'error', file)),
          ...findings.map((finding) => ({
            ...result(finding, finding.rule, LEVELS[finding.severity], file),
            ...(finding.accepted
              ? {
                  suppressions: [
                    { kind: 'external', status: 'accepted', justification: finding.acceptance?.reason },
                  ],
                }
              : {}),
          })),
        ],
      },
    ],
  }
}

function descriptor({ id, severity, title, why, fix }: Omit<AuditRule, 'check'>): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: why },
    help: { text: fix },
    defaultConfiguration: { level: LEVELS[severity] },
  }
}

function result(
  issue: PlacedIssue,
  { id, fix }: Omit<AuditRule, 'check'>,
  level: string,
  file: string,
): object {
  const { path, message, line, column } = issue
  return {
    ruleId: id,
    ruleIndex: RULES.findIndex((rule) => rule.id === id),
    level,
    message: { text: id === invalid.id ? message : `${message}. ${fix}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          ...(line === undefined ? {} : { region: { startLine: line, startColumn: column ?? 1 } }),
        },
        ...(path === '' ? {} : { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  }
}

/** Relative to the current folder, which in a build is the repository's: hosts find the file by it. */
function uriOf(file: string): string {
  const path = relative(process.cwd(), file)
  if (path.startsWith('..')) return pathToFileURL(file).href
  return path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/')
}
