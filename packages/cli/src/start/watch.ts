import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { messageOf } from '../errors.ts'
import { placesOf } from './places.ts'

/** Editors write a file in several steps; a reload in between would read half of it. */
const SETTLE_MS = 100
/** How far the clock of a file system may be behind that of the process. */
const CLOCK_SLACK_MS = 20

/** Something that is being watched. */
export interface Watcher {
  /** Stops watching. No callback comes after it. */
  readonly close: () => void
}

/**
 * Calls back when a file was written or replaced, once per burst of changes.
 *
 * Folders are watched and not the file: editors and deployments put a new file in its place by renaming, and a watch on the old
 * one would stay silent for ever. Links on the way count as the file does: Kubernetes swaps one when a ConfigMap changes.
 *
 * @param onFault called when the system cannot watch; a gateway runs on without it.
 */
export function watchConfig(file: string, onChange: () => void, onFault: (reason: string) => void): Watcher {
  let timer: NodeJS.Timeout | undefined
  let watchers: FSWatcher[] = []
  const stop = (): void => {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const fail = (error: unknown): void => onFault(messageOf(error))
  const settled = (): void => {
    // A link that was swapped leads to other folders.
    begin()
    onChange()
  }
  const begin = (): void => {
    stop()
    for (const [folder, names] of byFolder(placesOf(file))) {
      try {
        const watcher = watch(folder, (_event, changed) => {
          // Some systems do not say which file it was.
          if (changed !== null && !names.has(changed)) return
          clearTimeout(timer)
          timer = setTimeout(settled, SETTLE_MS)
        })
        watchers.push(watcher)
        watcher.on('error', fail)
      } catch (error) {
        fail(error)
      }
    }
  }
  begin()
  return {
    close: () => {
      clearTimeout(timer)
      stop()
    },
  }
}

function byFolder(places: readonly string[]): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>()
  for (const place of places) {
    const names = folders.get(dirname(place)) ?? new Set()
    folders.set(dirname(place), names.add(basename(place)))
  }
  return folders
}

/** Files that are watched as one, whatever they are at the moment. */
export interface FilesWatcher extends Watcher {
  /**
   * Watches these from now on. A file that was watched before goes on being watched without a gap: what happened to it during a
   * reload is still told.
   * @param sinceMs when they were last read, on the clock of `Date.now()`: one that is new here and changed since then counts as
   *   changed. Default: none does.
   */
  readonly follow: (files: readonly string[], sinceMs?: number) => void
}

/**
 * Watches several files as one; none before `follow`.
 * @param onFault called for each that cannot be watched.
 */
export function watchFiles(
  onChange: () => void,
  onFault: (file: string, reason: string) => void,
): FilesWatcher {
  const watchers = new Map<string, Watcher>()
  const follow = (files: readonly string[], sinceMs = Number.POSITIVE_INFINITY): void => {
    for (const [file, watcher] of watchers) {
      if (files.includes(file)) continue
      watcher.close()
      watchers.delete(file)
    }
    for (const file of files) {
      if (watchers.has(file)) continue
      watchers.set(
        file,
        watchConfig(file, onChange, (reason) => onFault(file, reason)),
      )
      if (changedMs(file) >= sinceMs - CLOCK_SLACK_MS) onChange()
    }
  }
  return { follow, close: () => follow([]) }
}

/** When a file was last written or put in its place; never of one that is not there. */
function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ctimeMs ?? Number.NEGATIVE_INFINITY
}
