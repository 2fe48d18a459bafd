/** Completion for bash. It needs nothing beside bash 3.2. */
import { type CompletedCommand, namesOf } from './model.ts'
import { quoted, valueOptions, words } from './shell.ts'

/** The script. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# Completion of gw for bash. In ~/.bashrc: source <(gw completion bash)
_gw() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" route='' offered='' i
  # Readline takes --option=value for three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$route \${COMP_WORDS[i]}" in
${commands
  .filter(({ path }) => path.length > 0)
  .map(({ path }) => `      ${quoted(words(path))}) route=${quoted(words(path))} ;;`)
  .join('\n')}
    esac
  done
  case "$route $prev" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$route" in
${commands.map(routeCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$offered" -- "$cur"))
}
# Where nothing is offered, readline offers files.
complete -o default -F _gw gw
`
}

function valueCases({ path, options }: CompletedCommand): string[] {
  return valueOptions(options).map(({ option, value }) => {
    const patterns = namesOf(option).map((name) => quoted(`${words(path)} ${name}`))
    const offer =
      value.choices.length === 0
        ? ''
        : `COMPREPLY=($(compgen -W ${quoted(value.choices.join(' '))} -- "$cur")); `
    return `    ${patterns.join(' | ')}) ${offer}return ;;`
  })
}

function routeCase({ path, commands, options, args }: CompletedCommand): string {
  const names = commands.map(({ name }) => name)
  const first = [...names, ...(args[0]?.choices ?? [])].join(' ')
  const flags = options.flatMap(namesOf).join(' ')
  return `    ${quoted(words(path))}) if [[ $cur == -* ]]; then offered=${quoted(flags)}; else offered=${quoted(first)}; fi ;;`
}
