/** Completion for zsh. */
import { type CompletedCommand, namesOf } from './model.ts'
import { quoted, valueOptions, words } from './shell.ts'

/** The script. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef gw
# Completion of gw for zsh. In ~/.zshrc, behind compinit: source <(gw completion zsh)
_gw() {
  local route='' i
  local -a offered
  for ((i = 2; i < CURRENT; i++)); do
    case "$route \${words[i]}" in
${commands
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      (${quoted(words(path))}) route=${quoted(words(path))} ;;`)
  .join('\n')}
    esac
  done
  case "$route \${words[CURRENT-1]}" in
${commands.flatMap(valueCases).join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    case "$route" in
${commands.map((command) => offer(command, optionsOf(command))).join('\n')}
    esac
    _describe -o option offered
    return
  fi
  case "$route" in
${commands.map((command) => offer(command, firstOf(command))).join('\n')}
  esac
  if ((\${#offered})); then _describe command offered; else _files; fi
}
compdef _gw gw
`
}

function valueCases({ path, options }: CompletedCommand): string[] {
  return valueOptions(options).map(({ option, value }) => {
    const patterns = namesOf(option).map((name) => quoted(`${words(path)} ${name}`))
    const act =
      value.choices.length > 0
        ? `compadd -- ${value.choices.map(quoted).join(' ')}`
        : value.isPath
          ? '_files'
          : '_message value'
    return `    (${patterns.join('|')}) ${act}; return ;;`
  })
}

function offer({ path }: CompletedCommand, items: readonly string[]): string {
  return `    (${quoted(words(path))}) offered=(${items.map(quoted).join(' ')}) ;;`
}

/** `name:what it does`, as _describe takes it. */
function described(name: string, description: string): string {
  return `${name.replaceAll(':', '\\:')}:${description.replaceAll('\\', '\\\\')}`
}

function optionsOf({ options }: CompletedCommand): string[] {
  return options.flatMap((option) => namesOf(option).map((name) => described(name, option.description)))
}

function firstOf({ commands, args }: CompletedCommand): string[] {
  return [
    ...commands.map(({ name, description }) => described(name, description)),
    ...(args[0]?.choices ?? []),
  ]
}
