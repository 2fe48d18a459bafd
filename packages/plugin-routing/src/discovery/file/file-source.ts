import type { FileOptions } from '../../options/discovery-options.ts'
import type { Discovery, DiscoveryListener, DiscoveryWatch } from '../discovery.ts'
import { FileWatch } from './file-watch.ts'

const DEFAULT_POLL_MS = 5_000

/** Endpoints from a file that is watched: a JSON list. */
export class FileSource implements Discovery {
  readonly #options: FileOptions

  constructor(options: FileOptions) {
    this.#options = options
  }

  watch(_service: string, listener: DiscoveryListener): DiscoveryWatch {
    const { path, pollMs = DEFAULT_POLL_MS } = this.#options
    return new FileWatch(path, pollMs, {
      read: (text) => listener.update(parse(text)),
      failed: (error) => listener.failed(error),
    })
  }
}

/** The parser's own message repeats a piece of the file, which may be a key. */
function parse(text: string): Parameters<DiscoveryListener['update']>[0] {
  try {
    // Whether it is such a list, the listener checks.
    return JSON.parse(text) as Parameters<DiscoveryListener['update']>[0]
  } catch {
    throw new Error('it is not JSON')
  }
}
