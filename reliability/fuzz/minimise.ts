/** Makes a finding small enough to read. */

/** How often a smaller case is tried at most. */
const MOST_TRIALS = 300

/**
 * Leaves out halves, quarters and so on, as long as what is left still shows it.
 * @param shows runs bytes and says whether the finding is still there.
 */
export async function minimise(bytes: string, shows: (smaller: string) => Promise<boolean>): Promise<string> {
  let smallest = bytes
  let trials = 0
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length; ) {
      if (trials++ >= MOST_TRIALS) return smallest
      const smaller = smallest.slice(0, at) + smallest.slice(at + size)
      if (await shows(smaller)) smallest = smaller
      else at += size
    }
  }
  return smallest
}
