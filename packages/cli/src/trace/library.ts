/** The library that reads logs. It belongs to the trace plugin, and `gw` loads plugins only when they are asked for. */
import { UsageError } from '../errors.ts'

/** What `@postern/plugin-trace/reconstruct` offers. */
export type Library = typeof import('@postern/plugin-trace/reconstruct')

/** @throws {UsageError} where the plugin is not installed. */
export async function loadLibrary(): Promise<Library> {
  try {
    return await import('@postern/plugin-trace/reconstruct')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UsageError(
      'Reading logs needs @postern/plugin-trace, which is not installed beside gw: npm install @postern/plugin-trace',
    )
  }
}
