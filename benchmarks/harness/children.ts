import type { ServerParams } from '../servers/messages.ts'
import { Child } from './child.ts'

/** All processes of a run, so that none outlives it. */
export class Children {
  readonly #all = new Set<Child>()
  readonly #killAll = () => {
    for (const child of this.#all) child.kill()
  }

  constructor() {
    process.on('exit', this.#killAll)
  }

  /** Starts a file of `servers/` in a process of its own. */
  spawn(name: string, file: string, params: ServerParams, core?: number): Child {
    const child = new Child(name, file, params, core)
    this.#all.add(child)
    return child
  }

  /** Ends every process and waits until all are gone. */
  async stopAll(): Promise<void> {
    await Promise.all(Array.from(this.#all, (child) => child.stop()))
    this.#all.clear()
    process.off('exit', this.#killAll)
  }
}
