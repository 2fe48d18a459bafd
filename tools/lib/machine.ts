/** Traces of the machine that wrote a file. They tell a reader nothing, and an attacker something. */
import { homedir } from 'node:os'
import { ROOT } from './workspace.ts'

const PATTERNS: readonly RegExp[] = [
  // Written so that this file does not match itself.
  /(?<![\w.:/*-])\/(?:work|farm|home|Users)\/[\w.-]+/,
  /(?<![\w.:/*-])\/tmp\/bash/,
  /\bregistry\.(?:[a-z0-9-]+\.)+[a-z]{2,}\b/,
  /\b[A-Z]:\\+Users\\+\w/,
]

/** The first trace in a text, or `undefined`. */
export function findMachineTrace(text: string): string | undefined {
  for (const path of [ROOT, homedir()]) {
    if (path.length > 5 && text.includes(`${path}/`)) return `${path}/`
  }
  for (const pattern of PATTERNS) {
    const found = pattern.exec(text)
    if (found) return found[0]
  }
  return undefined
}
