/**
 * Writes `docs/gw-commands.md` from the help of the program itself: `node --conditions=@postern/source docs/generate-commands.ts`. A
 * test holds the page equal to what this makes.
 */
import { writeFileSync } from 'node:fs'
import { createProgram } from '../packages/cli/src/main.ts'

/** A command of commander, as far as this needs it. */
type Program = ReturnType<typeof createProgram>

const HEAD = `# Commands of \`gw\`

What each command says with \`--help\`, made from the program by \`docs/generate-commands.ts\`. Do not edit this page.

Messages go to standard error, what was asked for to standard output. Colours only on a terminal, and not with \`NO_COLOR\`. Every
command ends with 0 when all is well, 1 when it found something wrong or failed, 2 when it cannot do what was asked.

With \`--json\` (or \`--format json\`) a failure is JSON on standard output, too, beside the sentence on standard error:
\`{ "error": { "message": "…", "exitCode": 2 } }\`. What is found wrong is data and no failure: \`gw check --json\` prints its
\`problems\`. Output that cannot be written, to a full disk for example, ends a command with 1.
`

/** Every command but `help`, those below others included, with its whole name: `gw check`. */
export function allCommands(
  program: Program = createProgram(() => {}),
): { name: string; command: Program }[] {
  const walk = (command: Program, name: string): { name: string; command: Program }[] => [
    { name, command },
    ...command
      .createHelp()
      .visibleCommands(command)
      .filter((one) => one.name() !== 'help')
      .flatMap((one) => walk(one, `${name} ${one.name()}`)),
  ]
  return walk(program, program.name())
}

/** What a command says with `--help` to a pipe. */
export function helpOf(command: Program): string {
  let said = ''
  command.configureOutput({
    writeOut: (text) => {
      said += text
    },
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return said
}

/** The whole page. */
export function renderCommands(): string {
  const commands = allCommands()
  return [
    HEAD,
    ...commands.map(
      ({ name, command }) => `## ${name}

\`\`\`text
${helpOf(command).trimEnd()}
\`\`\`
`,
    ),
  ].join('\n')
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('gw-commands.md', import.meta.url), renderCommands())
}
