import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder for one test, gone with it. */
export class TestFolder {
  readonly #path = mkdtempSync(join(tmpdir(), 'postern-auth-'))

  at(name: string): string {
    return join(this.#path, name)
  }

  /** Writes a file as a careful writer does: another file takes its place. */
  replace(name: string, text: string): string {
    const next = this.at(`${name}.next`)
    writeFileSync(next, text)
    renameSync(next, this.at(name))
    return this.at(name)
  }

  remove(name: string): void {
    rmSync(this.at(name))
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true })
  }
}
