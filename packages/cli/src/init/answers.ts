/** Brings together what the command line says and what somebody at the terminal says. */
import { UsageError } from '../errors.ts'
import { type Answers, QUESTIONS, type Question } from './questions.ts'

/** Asks one question at a terminal. @returns `undefined` when the person gives up. */
export type Ask = (question: Question, fallback: string | undefined) => Promise<string | undefined>

/**
 * All answers that the choice needs.
 *
 * @param given by flags; these are not asked again.
 * @param ask `undefined` where nobody can be asked: then defaults hold.
 * @returns `undefined` when the person gives up.
 * @throws {UsageError} naming the flags that are missing, wrong, or without a meaning here.
 */
export async function gather(given: Answers, ask: Ask | undefined): Promise<Answers | undefined> {
  let answers: Answers = {}
  const missing: string[] = []
  for (const question of QUESTIONS) {
    const { key, flag, when, fallback } = question
    const told = given[key]
    if (when && !when(answers)) {
      // Not to do what would not be done anyway is no mistake.
      if (told !== undefined && told !== 'no' && missing.length === 0)
        throw new UsageError(`${flagName(flag)} has no meaning here${reason(answers)}.`)
      continue
    }
    const standing = fallback?.(answers)
    const value = told ?? (ask ? await ask(question, standing) : standing)
    if (value === undefined) {
      if (ask) return undefined
      missing.push(flag)
      continue
    }
    const problem = problemWith(question, value)
    if (problem !== undefined)
      throw new UsageError(`${flagName(flag)}: ${problem}, found ${JSON.stringify(value)}.`)
    answers = { ...answers, [key]: value }
  }
  if (missing.length === 0) return answers
  throw new UsageError(
    `Nobody can be asked here: there is no terminal, or --yes was given. Say it: gw init ${missing.join(' ')}`,
  )
}

/** What is wrong with an answer; a form that people can act on. */
export function problemWith({ choices, check }: Question, value: string): string | undefined {
  if (choices && !choices.some((one) => one.value === value))
    return `Expected ${choices.map((one) => one.value).join(' or ')}`
  return check?.(value)
}

function flagName(flag: string): string {
  return flag.split(' ')[0] ?? flag
}

function reason({ start, credentials, format }: Answers): string {
  const said = [start, credentials, format].filter((one) => one !== undefined)
  return said.length === 0 ? '' : ` beside ${said.join(', ')}`
}
