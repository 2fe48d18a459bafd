import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps; a reload in between would read half of it. */
const SETTLE_MS = 100

/** Something that is being watched. */
export interface Watcher {
  /** Stops watching. No callback comes after it. */
  readonly close: () => void
}

/**
 * Calls back when a file was written or replaced, once per burst of changes.
 *
 * The folder is watched and not the file: editors and deployments put a new file in its place by renaming,
 * and a watch on the old one would stay silent for ever. `..data` is the link that Kubernetes swaps when a
 * ConfigMap changes.
 *
 * @param onFault called when the system cannot watch; a gateway runs on without it.
 */
export function watchConfig(file: string, onChange: () => void, onFault: (reason: string) => void): Watcher {
  const name = basename(file)
  let timer: NodeJS.Timeout | undefined
  let watcher: FSWatcher | undefined
  const close = (): void => {
    clearTimeout(timer)
    watcher?.close()
  }
  try {
    watcher = watch(dirname(file), (_event, changed) => {
      // Some systems do not say which file it was.
      if (changed !== null && changed !== name && changed !== '..data') return
      clearTimeout(timer)
      timer = setTimeout(onChange, SETTLE_MS)
    })
    watcher.on('error', (error) => {
      close()
      onFault(error.message)
    })
  } catch (error) {
    onFault(error instanceof Error ? error.message : String(error))
  }
  return { close }
}

/**
 * Watches several files as one.
 * @param onFault called for each that cannot be watched.
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  onFault: (file: string, reason: string) => void,
): Watcher {
  const watchers = files.map((file) => watchConfig(file, onChange, (reason) => onFault(file, reason)))
  return {
    close: () => {
      for (const watcher of watchers) watcher.close()
    },
  }
}
