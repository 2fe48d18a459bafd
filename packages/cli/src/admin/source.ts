/** What the admin listener shows, whoever answers: this process, or the workers together. */
import { isGatewayError, type Metric, type Readiness } from '@postern/core'
import type { Served } from '../start/served.ts'

/** One page: its data, a text of a media type, or what is wrong with the question. `null` where there is no such page. */
export type Page =
  | { readonly data: unknown; readonly contentType?: string | undefined }
  | { readonly refusal: { readonly status: number; readonly message: string } }
  | null

/** What became of a reload that was asked for. */
export interface ReloadOutcome {
  /** Whether the new configuration runs. */
  readonly reloaded: boolean
  /** In words: what runs, or why not. */
  readonly message: string
}

/** Where the pages come from. */
export interface AdminSource {
  /** Whether it should get traffic. */
  readonly readiness: () => Promise<Readiness>
  /** All figures. */
  readonly metrics: () => Promise<readonly Metric[]>
  /** Names of the pages that `page` knows. */
  readonly pages: () => Promise<readonly string[]>
  /** One of them. */
  readonly page: (name: string, query: URLSearchParams) => Promise<Page>
  /** Reads the file again, as SIGHUP does. */
  readonly reload: () => Promise<ReloadOutcome>
  /** Ends, as SIGTERM does. */
  readonly drain: () => void
}

/** What of a gateway that is served the pages show. */
export interface Shown extends Pick<Served, 'gateway' | 'since'> {
  readonly config: Pick<Served['config'], 'file'>
}

/** Pages of every gateway; those of its plugins come beside them. */
const OWN = ['plugins', 'routes', 'generation'] as const

/** Names of the pages of a gateway. */
export function pagesOf({ gateway }: Pick<Shown, 'gateway'>): string[] {
  return [...OWN, ...[...gateway.views().keys()].filter((name) => !OWN.some((own) => own === name))]
}

/** Reads a page of a gateway. */
export function readPage(served: Shown, name: string, query: URLSearchParams): Page {
  const { gateway } = served
  if (name === 'plugins') return { data: pluginsWithFigures(served) }
  if (name === 'routes') return { data: gateway.routes() }
  if (name === 'generation') {
    const { generation, liveGenerations, exchanges, inFlight } = gateway.stats()
    const { config, since } = served
    return { data: { generation, liveGenerations, exchanges, inFlight, since, config: config.file } }
  }
  const view = gateway.views().get(name)
  try {
    const data = view?.read(query)
    return data === undefined ? null : { data, contentType: view?.contentType }
  } catch (error) {
    // A view says so when a question cannot be meant; anything else is its own fault.
    if (!isGatewayError(error) || error.status < 400 || error.status > 499) throw error
    return { refusal: { status: error.status, message: error.message } }
  }
}

function pluginsWithFigures({ gateway }: Shown): object[] {
  const figures = new Map(gateway.stats().plugins.map((plugin) => [plugin.name, plugin]))
  return gateway.plugins().map((plugin) => {
    const { shed = false, hooks = {} } = figures.get(plugin.name) ?? {}
    return { ...plugin, shed, hooks }
  })
}
