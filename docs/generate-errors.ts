/**
 * Writes `docs/errors.md` from the error tables of core and the plugins: `node docs/generate-errors.ts`. A test holds the
 * page equal to what this makes.
 */
import { writeFileSync } from 'node:fs'
import { ERRORS, type ErrorRow } from '@postern/core'
import { AUTH_ERRORS } from '@postern/plugin-auth'
import { ADVICE } from './error-advice.ts'

/** The tables, in the order of the page. */
export const TABLES: readonly (readonly [packageName: string, table: Readonly<Record<string, ErrorRow>>])[] =
  [
    ['@postern/core', ERRORS],
    ['@postern/plugin-auth', AUTH_ERRORS],
  ]

const HEAD = `# Errors

Every code, made from the tables in the code by \`docs/generate-errors.ts\`. Do not edit this page.

A client gets \`application/problem+json\` (RFC 9457) with \`code\`, the text below as \`title\`, \`status\`, the exchange id and,
with the trace plugin, the trace id. Nothing else leaves the gateway. Message and cause stand in the log line with the
same \`exchangeId\`: at level \`error\` for plugins and the gateway, \`warn\` for upstreams, \`debug\` for clients.

The status follows the source: a fault of the client is 4xx (508 for a loop), of the upstream 502, 503 or 504, of a plugin
or the gateway 500 or 503. Status 0 means that no client ever sees it: it is thrown at start or reload. Status 499 is for the log only.
Retry: whether the same request may succeed when it is sent again later.
`

/** The whole page. */
export function renderErrors(): string {
  return [HEAD, ...TABLES.map(([name, table]) => renderTable(name, table))].join('\n')
}

function renderTable(name: string, table: Readonly<Record<string, ErrorRow>>): string {
  const rows = Object.entries(table).map(
    ([code, { status, source, stage, retryable, text }]) =>
      `| \`${code}\` | ${status} | ${source} | ${stage} | ${retryable ? 'yes' : 'no'} | ${text} | ${adviceFor(code)} |`,
  )
  return `## ${name}

| code | status | source | stage | retry | what the client reads | what to do |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function adviceFor(code: string): string {
  const advice = ADVICE[code]
  if (advice === undefined) throw new Error(`docs/error-advice.ts has no line for ${code}`)
  return advice
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('errors.md', import.meta.url), renderErrors())
}
