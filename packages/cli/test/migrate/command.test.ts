import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TABLES } from '../../src/migrate/option-table.ts'
import { folder, WORKSPACE } from '../_support/folder.ts'
import { runGw } from '../_support/gw.ts'
import { upstream } from '../_support/upstream.ts'

const FASTIFY = `
import { fastify } from 'fastify'
import proxy from '@fastify/http-proxy'
const server = fastify()
server.register(proxy, { upstream: 'http://orders.internal:3000', prefix: '/orders', preHandler: async () => {} })
`

describe('gw migrate', () => {
  it('writes a configuration that gw check accepts, and the list of changes; nothing is written over', async () => {
    await using place = await folder({ 'proxy.ts': FASTIFY })
    const first = await runGw(['migrate', 'proxy.ts', '--out', 'gateway'], { cwd: place.path })
    expect(first).toMatchObject({ code: 0 })
    expect(first.stderr).toContain('Wrote gateway/gateway.yaml, gateway/MIGRATION.md: 1 route to 1 service.')
    expect(first.stdout).toMatch(
      /^Cannot be said in configuration: preHandler: .*plugin-auth.*\(proxy\.ts:5\)/,
    )
    expect(await readFile(join(place.path, 'gateway/MIGRATION.md'), 'utf8')).toContain(
      '| any | /orders/* | orders | http://orders.internal:3000 |',
    )
    const checked = await runGw(['check', '-c', 'gateway/gateway.yaml'], { cwd: place.path })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    const again = await runGw(['migrate', 'proxy.ts', '--out', 'gateway'], { cwd: place.path })
    expect(again).toMatchObject({ code: 2 })
    expect(again.stderr).toContain(
      'gateway/gateway.yaml, gateway/MIGRATION.md is there already. Write over it with --force',
    )
  })

  it('runs the file where it can neither write nor reach anybody, and prints nothing of it', async () => {
    let reached = 0
    await using service = await upstream((_request, response) => {
      reached++
      response.end()
    })
    const text = `${FASTIFY}
import { writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
console.log('out of the file')
await Promise.race([fetch('${service.url}').catch(() => {}), new Promise((resolve) => setTimeout(resolve, 50))])
try { spawnSync('touch', ['spawned']) } catch {}
writeFileSync('written', 'x')`
    await using place = await folder({ 'proxy.ts': text })
    const { code, stdout } = await runGw(['migrate', 'proxy.ts', '--json'], { cwd: place.path })
    expect({ code, reached }).toEqual({ code: 1, reached: 0 })
    const { config, changes } = JSON.parse(stdout) as {
      config: { plugins: unknown[] }
      changes: { option: string; what: string }[]
    }
    expect(config.plugins).toHaveLength(2)
    expect(changes.find(({ option }) => option === 'end of the file')?.what).toMatch(
      /ended with Error: Access to this API/,
    )
    for (const name of ['spawned', 'written', 'gateway.yaml'])
      expect(existsSync(join(place.path, name))).toBe(false)
  })

  it.each([
    ['nothing.js', '', 'There is no file missing.js', 'missing.js'],
    [
      'plain.js',
      'export const a = 1',
      'plain.js calls none of @fastify/http-proxy, http-proxy-middleware and fast-gateway',
      'plain.js',
    ],
    ['broken.js', "throw new Error('early')", 'it ended with Error: early', 'broken.js'],
    ['other.yaml', 'a: 1', 'has no pipelines', 'other.yaml'],
    ['twice.yaml', 'a: 1\na: 2', 'twice.yaml:2:1', 'twice.yaml'],
    ['some.txt', '', 'some.txt is none of .js', 'some.txt'],
  ])('says what is wrong with %s', async (name, text, words, asked) => {
    await using place = await folder({ [name]: text })
    const { code, stderr } = await runGw(['migrate', asked], { cwd: place.path })
    expect(code).toBe(2)
    expect(stderr).toContain(words)
  })

  it('has every option of its tables on its page, in the same words', async () => {
    const page = await readFile(join(WORKSPACE, 'docs/gw-migrate.md'), 'utf8')
    for (const [heading, table] of TABLES) {
      const rows = Object.entries(table).map(
        ([option, [fate, words]]) => `| \`${option}\` | ${fate} | ${words} |`,
      )
      expect(page).toContain(
        `### ${heading}\n\n| option | | what becomes of it |\n|---|---|---|\n${rows.join('\n')}\n`,
      )
    }
  })
})
