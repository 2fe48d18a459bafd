/** The other side of `child.ts`: what a started process does with the questions that it is asked. */
import type { FromChild, ToChild } from './messages.ts'

/** What a process can be asked, by name. */
export type Answers = Readonly<Record<string, (data: never) => unknown>>

/**
 * Answers questions until the asker is gone or lets go, then closes and ends.
 * @param close closes what the process opened.
 */
export function answerQuestions(answers: Answers, close: () => unknown): void {
  // Ctrl-C reaches the whole group; who started this process decides when it stops.
  process.on('SIGINT', () => {})
  const leave = async (): Promise<void> => {
    await close()
    process.exit()
  }
  const answer = async ({ id, question, data }: ToChild): Promise<void> => {
    try {
      const known = answers[question]
      if (!known) throw new Error(`does not know '${question}'`)
      send({ id, value: await known(data as never) })
    } catch (error) {
      send({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
  process.on('disconnect', () => void leave())
  process.on('message', (message: ToChild) => void answer(message))
}

/** Reports something that happened to who started this process. */
export function reportEvent(event: unknown): void {
  send({ event })
}

function send(message: FromChild): void {
  if (process.connected) process.send?.(message)
}
