import { readFileSync } from 'node:fs'
import { onPath } from './machine.ts'

/** Which core each kind of process is bound to; a kind without a core runs where the system puts it. */
export interface Placement {
  readonly cores: { readonly proxy?: number; readonly upstream?: number; readonly load?: number }
  /** One sentence for the reader of the output. */
  readonly note: string
}

/** Binds processes to cores where this machine lets us. */
export function placeProcesses(): Placement {
  if (process.platform !== 'linux') return unpinned('only Linux is supported')
  if (!onPath('taskset')) return unpinned('there is no taskset on the PATH')
  const [first, second, third] = allowedCores(readFileSync('/proc/self/status', 'utf8'))
  if (first === undefined || second === undefined) return unpinned('there is only one core')
  if (third === undefined) {
    const note = `pinned: the proxy alone on core ${second}; upstream and load share core ${first}`
    return { cores: { proxy: second, upstream: first, load: first }, note }
  }
  const note = `pinned: proxy on core ${second}, upstream on core ${third}, load on core ${first}`
  return { cores: { proxy: second, upstream: third, load: first }, note }
}

/** The cores that a `/proc/<pid>/status` text allows: `Cpus_allowed_list: 0-1,4` gives 0, 1 and 4. */
export function allowedCores(status: string): number[] {
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? ''
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map((part) => Number.parseInt(part, 10))
    return Number.isNaN(first) ? [] : Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}

function unpinned(reason: string): Placement {
  return { cores: {}, note: `not pinned to cores: ${reason}` }
}
