import { AsyncLocalStorage, createHook } from 'node:async_hooks'

/** What keeps a process, or its event loop, busy. Node tells of the end of each of them. */
const TYPES: ReadonlySet<string> = new Set([
  'Timeout',
  'TCPWRAP',
  'TCPSERVERWRAP',
  'PIPEWRAP',
  'PIPESERVERWRAP',
  'UDPWRAP',
  'FSEVENTWRAP',
  'STATWATCHER',
  'MESSAGEPORT',
  'PROCESSWRAP',
])

const WORDS: Readonly<Record<string, string>> = {
  TCPWRAP: 'socket',
  TCPSERVERWRAP: 'server',
  PIPEWRAP: 'pipe',
  PIPESERVERWRAP: 'server',
  UDPWRAP: 'UDP socket',
  FSEVENTWRAP: 'file watcher',
  STATWATCHER: 'file watcher',
  MESSAGEPORT: 'worker or message port',
  PROCESSWRAP: 'child process',
}

/** Something that a plugin started and that has not ended. */
interface Resource {
  readonly type: string
  readonly where: string
  readonly line: string
  readonly resource: WeakRef<object>
}

/** Timers, sockets and the like that were started by code under `run`, whatever it waited for in between. */
export class ResourceWatch {
  readonly #context = new AsyncLocalStorage<string>()
  readonly #alive = new Map<number, Resource>()
  readonly #hook = createHook({
    init: (id, type, _trigger, resource) => {
      const where = this.#context.getStore()
      if (where === undefined || !TYPES.has(type)) return
      this.#alive.set(id, { type, where, line: callerLine(), resource: new WeakRef(resource) })
    },
    destroy: (id) => {
      this.#alive.delete(id)
    },
  })

  constructor() {
    this.#hook.enable()
  }

  /** Runs a function and remembers what it starts. */
  run<TResult>(where: string, fn: () => TResult): TResult {
    return this.#context.run(where, fn)
  }

  /** What still holds the process open, or comes back for ever: `a timer that repeats, started in setup (my-plugin.ts:12:5)`. */
  left(): string[] {
    const left: string[] = []
    for (const { type, where, line, resource } of this.#alive.values()) {
      const word = wordFor(type, resource.deref())
      if (word !== undefined) left.push(`a ${word}, started in ${where}${line}`)
    }
    return left
  }

  /** Watches no more. */
  [Symbol.dispose](): void {
    this.#hook.disable()
    this.#alive.clear()
  }
}

/** A timer that runs once and is unref'd ends by itself, and an unref'd socket is a kept connection of somebody's pool. */
function wordFor(type: string, resource: object | undefined): string | undefined {
  if (!resource) return undefined
  const { hasRef, _repeat: repeats } = resource as { hasRef?: () => boolean; _repeat?: unknown }
  const holds = typeof hasRef === 'function' ? hasRef.call(resource) : true
  if (type !== 'Timeout') return holds ? WORDS[type] : undefined
  if (typeof repeats === 'number') return 'timer that repeats'
  return holds ? 'timer' : undefined
}

/** The line that led here: the plugin's own rather than one of a library that it uses. */
function callerLine(): string {
  const before = Error.stackTraceLimit
  Error.stackTraceLimit = 50
  const lines = (new Error('here').stack ?? '').split('\n')
  Error.stackTraceLimit = before
  // Outside of `run` is the kit; the first lines are this function and the hook that called it.
  const end = lines.findIndex((line) => line.includes('AsyncLocalStorage.run'))
  const inside = lines.slice(3, end === -1 ? undefined : end).filter((line) => !line.includes('node:'))
  const line = inside.find((at) => !at.includes('node_modules')) ?? inside[0]
  const place = /([^\\/]+:\d+:\d+)\)?$/.exec(line ?? '')?.[1]
  return place === undefined ? '' : ` (${place})`
}
