import type { Gateway, Readiness } from '@postern/core'
import { listenForOperators } from '../../src/admin/listener.ts'
import { pagesOf, readPage } from '../../src/admin/source.ts'

/** The admin listener of `gw start`, on a gateway of the test. */
export interface TestAdmin extends AsyncDisposable {
  readonly url: string
}

/** What a test says in place of the gateway. */
export interface Told {
  readonly readiness?: Readiness
  /** Data of pages, by name: what several workers say together. */
  readonly pages?: Readonly<Record<string, (query: URLSearchParams) => unknown>>
}

/** Serves it on a free port of 127.0.0.1 until it goes out of scope. */
export async function serveAdmin(gateway: Gateway, { readiness, pages = {} }: Told = {}): Promise<TestAdmin> {
  const shown = { gateway, since: new Date(), config: { file: 'gateway.yaml' } }
  const listener = await listenForOperators(
    { host: '127.0.0.1', port: 0, socketPath: undefined, token: undefined },
    {
      readiness: async () => readiness ?? gateway.readiness(),
      metrics: async () => gateway.metrics(),
      pages: async () => pagesOf(shown),
      page: async (name, query) => {
        const told = pages[name]
        return told ? { data: told(query) } : readPage(shown, name, query)
      },
      reload: async () => ({ reloaded: false, message: 'A gateway of a test reads no file.' }),
      drain: () => {},
    },
  )
  return { url: listener.address, [Symbol.asyncDispose]: () => listener.close() }
}
