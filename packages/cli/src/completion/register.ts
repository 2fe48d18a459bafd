/** The command line of `gw completion`. */
import { Argument, type Command } from 'commander'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print } from '../output.ts'

const EXAMPLES = `
Examples:
  source <(gw completion bash)                               in ~/.bashrc
  source <(gw completion zsh)                                in ~/.zshrc, behind compinit
  gw completion fish > ~/.config/fish/completions/gw.fish    once, and after an update`

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** Adds `gw completion`. It completes what is registered with `gw`, whenever that was. */
export function registerCompletionCommand(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('completion')
    .description('print a script that completes commands, options and their values with the tab key')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action(async (shell: (typeof SHELLS)[number]) => {
      const { completedCommands } = await import('./model.ts')
      const scripts = {
        bash: async () => (await import('./bash.ts')).bashCompletion,
        zsh: async () => (await import('./zsh.ts')).zshCompletion,
        fish: async () => (await import('./fish.ts')).fishCompletion,
      }
      const script = await scripts[shell]()
      print(script(completedCommands(gw)).trimEnd())
      done(EXIT.ok)
    })
}
