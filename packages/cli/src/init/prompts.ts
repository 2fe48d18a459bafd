/** Questions at a terminal. The only file that knows the library; it is loaded when somebody is there to ask. */
import { isCancel, select, text } from '@clack/prompts'
import { type Ask, problemWith } from './answers.ts'

/** Standard output is for what the command was asked for. */
const TERMINAL = { output: process.stderr }

/** Asks at the terminal. */
export const askAtTerminal: Ask = async (question, fallback) => {
  const { message, choices } = question
  const answer = choices
    ? await select({
        ...TERMINAL,
        message,
        options: choices.map(({ value, hint }) => ({ value, label: value, hint })),
        ...(fallback === undefined ? {} : { initialValue: fallback }),
      })
    : await text({
        ...TERMINAL,
        message,
        ...(fallback === undefined ? {} : { placeholder: fallback, defaultValue: fallback }),
        validate: (value) =>
          (value ?? '') === '' && fallback !== undefined ? undefined : problemWith(question, value ?? ''),
      })
  return isCancel(answer) ? undefined : answer
}
