/** What the scripts of all shells are made with. */
import type { CompletedOption, CompletedValue } from './model.ts'

/** A text that a shell takes as it stands. The same in bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** ` plugin new`, the words of a command with a blank before each; empty for the root. */
export function words(path: readonly string[]): string {
  return path.map((word) => ` ${word}`).join('')
}

/** The options that something follows. */
export function valueOptions(
  options: readonly CompletedOption[],
): { readonly option: CompletedOption; readonly value: CompletedValue }[] {
  return options.flatMap((option) => (option.value ? [{ option, value: option.value }] : []))
}
