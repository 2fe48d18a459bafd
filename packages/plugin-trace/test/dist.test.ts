import { describe, expect, it } from 'vitest'
import { readExample, runExample } from './_support/readme.ts'

describe('the built package', () => {
  it("runs the README's example, which prints what the README says", async () => {
    const { code, output } = readExample()
    const printed = await runExample(code, '4000')
    expect(steady(printed)).toEqual(steady(output))
    expect(printed).not.toContain('secret')
  })
})

/**
 * The lines that are printed, without what differs from run to run. Their order does, too: pino writes in the background,
 * so that a log line may follow what the program printed later.
 */
function steady(output: string): string[] {
  return output
    .replace(/-[0-9a-f]{16}-/g, '-span-')
    .replace(/"(spanId|attemptSpanIds|exchangeId)":"[^"]*"/g, '"$1"')
    .replace(/"(time|durationMs|gatewayMs|queueMs|upstreamMs|bodyMs)":[\d.]+/g, '"$1"')
    .replace(/"hostname":"[^"]*",|"pid":\d+,/g, '')
    .split('\n')
    .sort()
}
