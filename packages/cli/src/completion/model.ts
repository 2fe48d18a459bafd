/** What can stand on a command line of `gw`, read from the program itself: what is registered is completed. */
import type { Argument, Command, Option } from 'commander'

/** What follows an option, or stands as an argument. */
export interface CompletedValue {
  /** The values that there are; empty for any. */
  readonly choices: readonly string[]
  /** Whether it is a path. */
  readonly isPath: boolean
}

/** An option with all its names. */
export interface CompletedOption {
  /** `-c`; empty where there is none. */
  readonly short: string
  /** `--config`; empty where there is none. */
  readonly long: string
  readonly description: string
  /** What follows; `undefined` for a switch. */
  readonly value: CompletedValue | undefined
}

/** A command, and those below it. */
export interface CompletedCommand {
  /** From the root: `['plugin', 'new']`; empty for `gw` alone. */
  readonly path: readonly string[]
  readonly description: string
  readonly options: readonly CompletedOption[]
  /** Names and descriptions of what can follow. */
  readonly commands: readonly { readonly name: string; readonly description: string }[]
  readonly args: readonly CompletedValue[]
}

/** Every command, the root first. */
export function completedCommands(command: Command, path: readonly string[] = []): CompletedCommand[] {
  const help = command.createHelp()
  const below = help.visibleCommands(command)
  return [
    {
      path,
      description: line(command.description()),
      options: help.visibleOptions(command).map(toOption),
      commands: below.map((one) => ({ name: one.name(), description: line(one.description()) })),
      args: command.registeredArguments.map(toValue),
    },
    ...below
      .filter((one) => one.name() !== 'help')
      .flatMap((one) => completedCommands(one, [...path, one.name()])),
  ]
}

function toOption(option: Option): CompletedOption {
  const { short, long, description, required, optional } = option
  return {
    short: short ?? '',
    long: long ?? '',
    description: line(description),
    value: required || optional ? toValue(option) : undefined,
  }
}

function toValue(value: Option | Argument): CompletedValue {
  const name = 'flags' in value ? value.flags.replace(/^[^<[]*/, '') : value.name()
  return {
    choices: value.argChoices ?? [],
    isPath: /\b(file|dir|folder|path|logs?|config|socket|repo)s?\b/i.test(name),
  }
}

function line(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** The names of an option that are there. */
export function namesOf({ short, long }: CompletedOption): string[] {
  return [short, long].filter((name) => name !== '')
}
