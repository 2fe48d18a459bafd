import { describe, expect, it } from 'vitest'
import { readExample, runExample } from './_support/readme.ts'

describe('the built package', () => {
  it("runs the README's example, which prints what the README says", async () => {
    const { code, output } = readExample()
    const printed = await runExample(code, '4000')
    expect(steady(printed)).toBe(steady(output))
    expect(printed).not.toContain('secret')
  })
})

/** What is printed, with everything that differs from run to run taken out. */
function steady(output: string): string {
  return output
    .replace(/-[0-9a-f]{16}-/g, '-span-')
    .replace(/"(spanId|exchangeId)":"[^"]*"/g, '"$1"')
    .replace(/"(time|durationMs|gatewayMs|upstreamMs)":[\d.]+/g, '"$1"')
    .replace(/"hostname":"[^"]*",|"pid":\d+,/g, '')
}
