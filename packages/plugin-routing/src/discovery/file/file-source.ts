import type { FileOptions } from '../../options/discovery-options.ts'
import type { Discovery, DiscoveryListener, DiscoveryWatch } from '../discovery.ts'
import { FileWatch } from './file-watch.ts'
import { parserFor } from './parse-list.ts'

const DEFAULT_POLL_MS = 5_000

/** Endpoints from a file that is watched: a list in JSON or YAML. */
export class FileSource implements Discovery {
  readonly #options: FileOptions

  constructor(options: FileOptions) {
    this.#options = options
  }

  watch(_service: string, listener: DiscoveryListener): DiscoveryWatch {
    const { path, pollMs = DEFAULT_POLL_MS } = this.#options
    const parse = parserFor(path)
    return new FileWatch(path, pollMs, {
      read: (text) => listener.update(parse(text) as Parameters<DiscoveryListener['update']>[0]),
      failed: (error) => listener.failed(error),
    })
  }
}
