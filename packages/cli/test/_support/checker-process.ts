/** Runs `gw check` whenever its parent asks; see `checker.ts`. */
import { main } from '../../src/main.ts'

/** One `gw check` to run. */
export interface CheckRequest {
  readonly cwd: string
  readonly args: readonly string[]
}

process.on('message', async ({ cwd, args }: CheckRequest) => {
  process.chdir(cwd)
  const said = { stdout: '', stderr: '' }
  const written = [note('stdout'), note('stderr')]
  const code = await main(['check', ...args])
  for (const undo of written) undo()
  process.send?.({ code, ...said })

  function note(name: 'stdout' | 'stderr'): () => void {
    const { write } = process[name]
    process[name].write = (chunk: Uint8Array | string): boolean => {
      said[name] += chunk.toString()
      return true
    }
    return () => {
      process[name].write = write
    }
  }
})
process.on('disconnect', () => process.exit())
