import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { allCommands, helpOf, renderCommands } from '../generate-commands.ts'
import { ROOT } from './support/pages.ts'

const page = readFileSync(`${ROOT}docs/gw-commands.md`, 'utf8')
const readme = readFileSync(`${ROOT}packages/cli/README.md`, 'utf8')
const commands = allCommands()

/** What the page says of each command, by its name. */
const shown = new Map(
  [...page.matchAll(/^## (gw[^\n]*)\n\n```text\n([\s\S]*?)\n```$/gm)].map((match) => [match[1], match[2]]),
)

describe('docs/gw-commands.md', () => {
  it('has every command of the program, and no other', () => {
    expect([...shown.keys()]).toEqual(commands.map(({ name }) => name))
  })

  it('is what docs/generate-commands.ts makes: run it after a change of a command', () => {
    expect(page).toBe(renderCommands())
  })

  it('is what the program says in a process of its own', { timeout: 60_000 }, async () => {
    for (const name of ['gw', 'gw check']) {
      const args = [
        '--conditions=@postern/source',
        `${ROOT}packages/cli/src/gw.ts`,
        ...name.split(' ').slice(1),
        '--help',
      ]
      const { stdout } = await promisify(execFile)(process.execPath, args)
      expect(stdout.trimEnd()).toBe(shown.get(name))
    }
  })
})

describe('the help of', () => {
  const leaves = commands.filter(({ command }) => command.commands.length === 0)

  it.each(leaves)('$name has examples that are commands of gw', ({ name, command }) => {
    const [, examples = ''] = helpOf(command).split('\nExamples:\n')
    expect(examples).toContain(name)
  })

  it.each(leaves)('$name says with which code it ends, or only prints', ({ name, command }) => {
    if (name !== 'gw completion') expect(helpOf(command)).toMatch(/\b0\b[\s\S]*\b[12]\b/)
  })
})

describe('packages/cli/README.md', () => {
  it.each(commands.filter(({ name }) => name.split(' ').length === 2))('has a row for $name', ({ name }) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\\b`, 'm'))
  })
})
