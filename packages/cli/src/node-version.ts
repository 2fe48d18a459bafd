/** Loads nothing that an old Node lacks: whoever has one gets a sentence, and no stack. */

/**
 * What to say to somebody with an older Node; `undefined` when there is nothing to say. A bundle has its text as its first words,
 * so it stands alone.
 */
export function oldNodeProblem(version: string): string | undefined {
  // As `engines` of the package says.
  const oldest = [22, 19] as const
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < oldest[0] || (major === oldest[0] && minor < oldest[1])
  return isOld
    ? `gw needs Node ${oldest.join('.')} or newer; this is ${version}, ${process.execPath}. Install a newer one, or put it first in PATH.`
    : undefined
}
