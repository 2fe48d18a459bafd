/** What README.md shows of `npm start` is what the quickstart prints. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { missingLines } from './support/compare.ts'
import { readPages } from './support/pages.ts'

const QUICKSTART = fileURLToPath(new URL('../../examples/quickstart/main.ts', import.meta.url))

it('README.md shows what npm start prints', { timeout: 60_000 }, async () => {
  const blocks = readPages().find(({ path }) => path === 'README.md')?.blocks ?? []
  const shown = (start: RegExp) => blocks.find(({ code }) => start.test(code))?.code ?? 'no such block'
  const child = spawn(process.execPath, ['--conditions=@postern/source', QUICKSTART], {
    env: { ...process.env, PORT: '0', NO_COLOR: '1' },
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  try {
    await expect.poll(() => output, { timeout: 30_000 }).toContain('One line per exchange follows')
    const urlOf = (name: string) => new RegExp(`^  ${name} +(\\S+)`, 'm').exec(output)?.[1] ?? ''
    const get = async (url: string, headers = {}) => (await fetch(url, { headers })).text()
    await get(`${urlOf('gateway')}/storefront`)
    const token = await get(`${urlOf('idp')}/token`)
    await get(`${urlOf('gateway')}/storefront`, { authorization: `Bearer ${token}` })
    const path = await get(`${urlOf('gateway')}/_path/last`)

    expect(missingLines(shown(/^Postern quickstart/), output)).toEqual([])
    expect(missingLines(shown(/^\d\d:\d\d:\d\d {2}401/), output)).toEqual([])
    expect(missingLines(shown(/^trace /), path)).toEqual([])
  } finally {
    child.kill('SIGTERM')
    await ended
  }
})
