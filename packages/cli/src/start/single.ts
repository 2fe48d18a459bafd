/** One gateway in this process. */
import { pagesOf, readPage } from '../admin/source.ts'
import { messageOf } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { say } from '../output.ts'
import type { Runner } from './runner.ts'
import type { Served } from './served.ts'

/** Drives a gateway that listens. */
export function inThisProcess(served: Served): Runner {
  const { gateway } = served
  return {
    get description() {
      return served.describe()
    },
    workers: undefined,
    gaveUp: new Promise(() => {}),
    reload: () => served.reload(),
    restart: undefined,
    close: (graceMs) => closeCleanly(served, graceMs),
    kill: () => {},
    readiness: async () => gateway.readiness(),
    metrics: async () => gateway.metrics(),
    pages: async () => pagesOf(served),
    page: async (name, query) => readPage(served, name, query),
  }
}

/** Closes a gateway, and says when that failed. */
export async function closeCleanly({ gateway }: Served, graceMs: number): Promise<ExitCode> {
  try {
    await gateway.close({ graceMs })
    return EXIT.ok
  } catch (error) {
    say(`The gateway did not close cleanly: ${messageOf(error)}`)
    return EXIT.failed
  }
}
