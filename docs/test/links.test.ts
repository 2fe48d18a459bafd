import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './support/pages.ts'

const PAGES = ['README.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md']
const pages = globSync(PAGES, { cwd: ROOT }).sort()

describe('links', () => {
  it.each(pages)('%s leads to files that exist', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
    const targets = [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      (match) => match[1] ?? '',
    )
    const dead = targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)))
    expect(dead).toEqual([])
  })

  it('the table of decisions has every decision', () => {
    const table = readFileSync(join(ROOT, 'docs/decisions/README.md'), 'utf8')
    const files = globSync('docs/decisions/0*.md', { cwd: ROOT }).map((path) => path.replace(/^.*[\\/]/, ''))
    expect(files.filter((file) => !table.includes(`](${file})`))).toEqual([])
  })

  it('a decision has context, decision, consequences and status', () => {
    for (const file of globSync('docs/decisions/0*.md', { cwd: ROOT })) {
      const text = readFileSync(join(ROOT, file), 'utf8')
      expect(text, file).toMatch(/^# \d{4} .+\n\nStatus: \w+/)
      for (const part of ['Context', 'Decision', 'Consequences'])
        expect(text, file).toContain(`\n## ${part}\n`)
    }
  })
})

it('writing-a-plugin.md begins with the plugin of examples/custom-plugin', () => {
  const page = readFileSync(join(ROOT, 'docs/writing-a-plugin.md'), 'utf8')
  const plugin = readFileSync(join(ROOT, 'examples/custom-plugin/plugin.ts'), 'utf8')
  expect(page).toContain(`\`\`\`ts\n// plugin.ts\n${plugin}\`\`\``)
})
