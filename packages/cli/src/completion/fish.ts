/** Completion for fish. */
import type { CompletedCommand, CompletedOption } from './model.ts'
import { words } from './shell.ts'

/** The script. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const below = commands.filter(({ path }) => path.length > 0)
  return `# Completion of gw for fish. Once: gw completion fish > ~/.config/fish/completions/gw.fish
function __gw_at
    set -l route ''
    set -l typed (commandline -opc)
    for word in $typed[2..]
        switch "$route $word"
${below.map(({ path }) => `            case ${quoted(words(path))}\n                set route ${quoted(words(path))}`).join('\n')}
        end
    end
    test "$route" = "$argv[1]"
end
complete -c gw -f
${commands.flatMap(lines).join('\n')}
`
}

function lines({ path, commands, options, args }: CompletedCommand): string[] {
  const start = `complete -c gw -n ${quoted(`__gw_at ${quoted(words(path))}`)}`
  const [first] = args
  return [
    ...commands.map(({ name, description }) => `${start} -a ${quoted(name)} -d ${quoted(description)}`),
    ...(first?.choices.length ? [`${start} -a ${quoted(first.choices.join(' '))}`] : []),
    ...(args.some(({ isPath }) => isPath) ? [`${start} -F`] : []),
    ...options.map((option) => `${start}${optionWords(option)} -d ${quoted(option.description)}`),
  ]
}

function optionWords({ short, long, value }: CompletedOption): string {
  const names = [short && ` -s ${short.replace(/^-/, '')}`, long && ` -l ${long.replace(/^--/, '')}`].join('')
  if (!value) return names
  if (value.choices.length > 0) return `${names} -x -a ${quoted(value.choices.join(' '))}`
  return value.isPath ? `${names} -r -F` : `${names} -x`
}

/** In fish a backslash quotes inside of single quotes, too. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
