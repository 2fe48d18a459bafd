/** Modules of others: configurations and plugins. */

/**
 * What an import gives.
 * @throws {Error} when nothing is left that could let it end, such as an `await` of what never comes. Node would end the process
 *   without a word.
 */
export async function importedWhole<T>(loading: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const onIdle = (): void =>
    reject(new Error('It never finished loading: it waits at its top level for something that does not come'))
  process.once('beforeExit', onIdle)
  try {
    return await Promise.race([loading, promise])
  } finally {
    process.off('beforeExit', onIdle)
  }
}
