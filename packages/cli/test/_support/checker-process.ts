/** Runs `gw check` whenever its parent asks; see `checker.ts`. */
import { main } from '../../src/main.ts'

/** One `gw check` to run. */
export interface CheckRequest {
  readonly cwd: string
  readonly args: readonly string[]
}

process.on('message', (request: CheckRequest) => void check(request))

async function check({ cwd, args }: CheckRequest): Promise<void> {
  process.chdir(cwd)
  const said = { stdout: '', stderr: '' }
  note('stdout')
  note('stderr')
  const code = await main(['check', ...args])
  process.send?.({ code, ...said })

  function note(name: 'stdout' | 'stderr'): void {
    process[name].write = (chunk: Uint8Array | string): boolean => {
      said[name] += chunk.toString()
      return true
    }
  }
}

process.on('disconnect', () => process.exit())
