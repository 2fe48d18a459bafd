import { readFileSync } from 'node:fs'
import { createGateway, definePlugin } from '@postern/core'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../lifecycle.md', import.meta.url), 'utf8')

/** The hooks as a plugin finds them, in the order of the code. */
async function hooksOfCode(): Promise<{ gateway: string[]; route: string[] }> {
  const found: { gateway: string[]; route: string[] } = { gateway: [], route: [] }
  const spy = definePlugin({
    name: 'spy',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup({ hooks }) {
      found.gateway = Object.keys(hooks)
      hooks.onRoute.tap((route) => {
        found.route = Object.keys(route.hooks)
      })
    },
  })
  await createGateway([spy()], { logger: false }).close()
  return found
}

/** The rows of the table of hooks. */
function hooksOfPage(): { hook: string; where: string; kind: string }[] {
  return [...page.matchAll(/^\| `(\w+)` \| (gateway|route|gateway, route) \| ([^|]+) \|/gm)].map((match) => ({
    hook: match[1] ?? '',
    where: match[2] ?? '',
    kind: (match[3] ?? '').trim(),
  }))
}

describe('docs/lifecycle.md', () => {
  it('lists the hooks of the code, in their order', async () => {
    const code = await hooksOfCode()
    const rows = hooksOfPage()
    const on = (where: string) => rows.filter((row) => row.where.includes(where)).map((row) => row.hook)
    expect(on('gateway')).toEqual(code.gateway)
    expect(on('route')).toEqual(code.route)
    expect(new Set(rows.map((row) => row.hook)).size).toBe(rows.length)
  })

  it('gives each hook the kind that its prefix says', () => {
    const kinds: readonly (readonly [RegExp, RegExp])[] = [
      [/^onRoute$/, /^set up$/],
      [/^on(?!Route)/, /^watch$/],
      [/^pre/, /^answer$/],
      [/^pick/, /^choose/],
      [/^map/, /^change$/],
    ]
    for (const { hook, kind } of hooksOfPage()) {
      expect(kind, hook).toMatch(kinds.find(([prefix]) => prefix.test(hook))?.[1] ?? /never/)
    }
  })

  it('draws every hook', () => {
    const picture = /```\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
    for (const { hook } of hooksOfPage()) {
      if (hook !== 'onRoute') expect(picture, hook).toMatch(new RegExp(`\\b${hook}\\b`))
    }
  })
})
