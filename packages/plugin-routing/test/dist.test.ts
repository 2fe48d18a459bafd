import { describe, expect, it } from 'vitest'
import { readExample, runExample } from './_support/readme.ts'

describe('the built package', () => {
  it("runs the README's example, which prints what the README says", async () => {
    const { code, output } = readExample()
    const exchangeId = /"exchangeId":"[^"]*"/g
    const printed = await runExample(code, '4001')
    expect(printed.replace(exchangeId, '')).toBe(output.replace(exchangeId, ''))
  })

  it("prints the README's error for a mistake", async () => {
    const code = readExample().code.replaceAll("to: 'orders'", "to: 'ordrs'")
    await expect(runExample(code, '4001')).rejects.toThrow(
      'routes[0].to: found "ordrs", which is not in services; needed: the name of a service (did you mean "orders"?)',
    )
  })
})
