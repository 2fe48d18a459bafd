import { spawnSync } from 'node:child_process'
import { Argument, type Command, Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { bashCompletion } from '../src/completion/bash.ts'
import { fishCompletion } from '../src/completion/fish.ts'
import { completedCommands } from '../src/completion/model.ts'
import { zshCompletion } from '../src/completion/zsh.ts'
import { createProgram } from '../src/main.ts'
import { folder } from './_support/folder.ts'
import { runGw } from './_support/gw.ts'

/** A program with what commands of other packages may have: commands below commands, quotes in descriptions. */
const program = (): Command => {
  const gw = createProgram(() => {})
  const author = gw.command('author').description("an author's commands: new & check")
  author
    .command('new')
    .description('a $(date) `date` "quoted" \\ \'one\'')
    .argument('<name>')
    .option('--dir <folder>', 'where')
    .action(() => {})
  author
    .command('check')
    .addArgument(new Argument('[what]').choices(['all', 'api']))
    .action(() => {})
  gw.command('hidden', { hidden: true }).action(() => {})
  gw.commands.find((command) => command.name() === 'author')?.addOption(new Option('--secret').hideHelp())
  return gw
}

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0

const COMMANDS = createProgram(() => {}).commands.map((command) => command.name())

/** What a person may have typed before the tab key, and what is offered. `FILES` where files are. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['gw ch', ['check']],
  ['gw ', [...COMMANDS, 'author', 'help']],
  ['gw check --f', ['--fail-on', '--format']],
  ['gw check --fail-on ', ['error', 'warning', 'advice', 'none']],
  ['gw check --strict --format s', ['sarif']],
  ['gw check -c gat', ['gateway.yaml']],
  ['gw check --config gat', ['gateway.yaml']],
  ['gw init ', ['auth', 'trace', 'routing']],
  ['gw init auth --mode e', ['enforce']],
  ['gw author ', ['new', 'check', 'help']],
  ['gw author new --d', ['--dir']],
  ['gw author check a', ['all', 'api']],
  ['gw author --s', []],
  ['gw completion z', ['zsh']],
  ['gw trace 4bf92f35 gat', ['gateway.yaml']],
]

const SCRIPTS = {
  bash: bashCompletion(completedCommands(program())),
  zsh: zshCompletion(completedCommands(program())),
  fish: fishCompletion(completedCommands(program())),
}

describe.runIf(has('bash'))('completion in bash', () => {
  it.each([
    ...LINES,
    ['gw check --format=s', ['sarif']],
    ['gw check --format=', ['text', 'json', 'sarif']],
  ] as const)('%j', async (line, offered) => {
    await using place = await folder({ 'gateway.yaml': '', script: SCRIPTS.bash }, false)
    // Readline takes the line apart at blanks and at =, and completes files itself where a function offers none.
    const typed = line.split(/ |(?==)|(?<==)/)
    const code = `source ./script
COMP_WORDS=(${typed.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${typed.length - 1}
_gw
if ((\${#COMPREPLY[@]} == 0)) && [[ $(complete -p gw) == *'-o default'* ]]; then COMPREPLY=($(compgen -f -- '${typed.at(-1)}')); fi
printf '%s\\n' "\${COMPREPLY[@]}"`
    const { stdout, stderr } = spawnSync('bash', ['--norc', '--noprofile', '-c', code], {
      cwd: place.path,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual([...offered].sort())
  })
})

describe.runIf(has('fish'))('completion in fish', () => {
  it.each(LINES)('%j', async (line, offered) => {
    await using place = await folder({ 'gateway.yaml': '', script: SCRIPTS.fish }, false)
    const { stdout, stderr } = spawnSync(
      'fish',
      ['--no-config', '-c', `source ./script; complete -C '${line}'`],
      {
        cwd: place.path,
        encoding: 'utf8',
        env: { ...process.env, HOME: place.path },
      },
    )
    expect(stderr).toBe('')
    const names = stdout.split('\n').flatMap((one) => one.split('\t')[0] || [])
    expect(names.sort()).toEqual([...offered].sort())
  })
})

describe.runIf(has('zsh'))('completion in zsh', () => {
  it('is a function that zsh takes, and offers values', async () => {
    // The completion system needs a line editor; with stand-ins for what it offers with, the function runs without.
    const stand = `compdef() { :; }
compadd() { shift; print -rl -- "$@"; }
_describe() { print -rl -- "\${offered[@]%%:*}"; }
_files() { print FILES; }
_message() { :; }
source ./script
words=(WORDS) CURRENT=\${#words}
_gw`
    await using place = await folder({ script: SCRIPTS.zsh }, false)
    for (const [line, offered] of LINES) {
      const typed = line.split(' ')
      const last = typed.at(-1) ?? ''
      const code = stand.replace('WORDS', typed.map((word) => `'${word}'`).join(' '))
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', code], { cwd: place.path, encoding: 'utf8' })
      expect(stderr).toBe('')
      const shown = stdout.split('\n').filter(Boolean)
      if (offered[0] === 'gateway.yaml') expect(shown, line).toEqual(['FILES'])
      else expect(shown.filter((one) => one.startsWith(last)).sort(), line).toEqual([...offered].sort())
    }
  })
})

describe('gw completion', () => {
  it('prints the script of the program as it is', async () => {
    await using place = await folder({}, false)
    const { code, stdout, stderr } = await runGw(['completion', 'bash'], { cwd: place.path })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toBe(bashCompletion(completedCommands(createProgram(() => {}))))
  })

  it('knows three shells', async () => {
    await using place = await folder({}, false)
    const { code, stderr } = await runGw(['completion', 'tcsh'], { cwd: place.path })
    expect(stderr).toContain('Allowed choices are bash, zsh, fish.')
    expect(code).toBe(2)
  })

  it('names no hidden command and no hidden option', () => {
    for (const script of Object.values(SCRIPTS)) expect(script).not.toMatch(/hidden|secret/)
  })
})
