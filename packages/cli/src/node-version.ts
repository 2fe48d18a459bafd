/** Loads nothing that an old Node lacks: whoever has one gets a sentence, and no stack. */

/** The oldest Node that `gw` runs on, as `engines` of the package says. */
const OLDEST = [22, 19] as const

/** What to say to somebody with an older Node; `undefined` when there is nothing to say. */
export function oldNodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
  return isOld
    ? `gw needs Node ${OLDEST.join('.')} or newer; this is ${version}, ${process.execPath}. Install a newer one, or put it first in PATH.`
    : undefined
}
