/** Which page answers which request. */
import type { AdminOptions } from '../config/admin.ts'
import { isOwnHost, showsToken } from './access.ts'
import { type Answer, json, plain, problem } from './answer.ts'
import type { AdminSource } from './source.ts'

/** What of a request counts. */
export interface AdminRequest {
  readonly method: string
  /** The target as it came. */
  readonly target: string
  readonly host: string | undefined
  readonly authorization: string | undefined
}

type Reader = (source: AdminSource, query: URLSearchParams) => Promise<Answer>

const READERS: Readonly<Record<string, Reader>> = {
  livez: async () => json(200, { live: true }),
  readyz: async (source) => {
    const { ready, reasons } = await source.readiness()
    return json(ready ? 200 : 503, { ready, reasons })
  },
  metrics: async (source) => {
    const { PROMETHEUS_CONTENT_TYPE, prometheusText } = await import('@postern/core/metrics')
    return plain(PROMETHEUS_CONTENT_TYPE, prometheusText(await source.metrics()))
  },
}

const CHANGES: Readonly<Record<string, (source: AdminSource) => Promise<Answer>>> = {
  reload: async (source) => {
    const outcome = await source.reload()
    return outcome.reloaded ? json(200, outcome) : problem(409, 'Not reloaded', outcome.message)
  },
  drain: async (source) => {
    source.drain()
    return json(202, { draining: true })
  },
}

/** Answers a request. Rejects when the source does. */
export async function answer(
  request: AdminRequest,
  options: AdminOptions,
  source: AdminSource,
): Promise<Answer> {
  if (!isOwnHost(request.host, options))
    return problem(421, 'Not this host', 'Ask by the address of the listener, or by localhost.')
  const url = URL.parse(request.target, 'http://admin')
  if (!request.target.startsWith('/') || url === null) return problem(400, 'Bad request', 'Ask for a path.')
  const name = url.pathname.slice(1)
  const change = Object.hasOwn(CHANGES, name) ? CHANGES[name] : undefined
  if (change) return answerChange(request, options, () => change(source))
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const isPage = name === '' || Object.hasOwn(READERS, name) || (await source.pages()).includes(name)
    return isPage ? notAllowed('GET, HEAD') : notFound(name)
  }
  if (name === '') return index(source, options)
  const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined
  if (reader) return reader(source, url.searchParams)
  const page = await source.page(name, url.searchParams)
  if (page === null) return notFound(name)
  if ('refusal' in page) return problem(page.refusal.status, 'Bad question', page.refusal.message)
  return page.contentType === undefined ? json(200, page.data) : plain(page.contentType, String(page.data))
}

async function index(source: AdminSource, { token }: AdminOptions): Promise<Answer> {
  const pages = [...new Set([...Object.keys(READERS), ...(await source.pages())])]
  return json(200, {
    pages: pages.map((page) => `/${page}`),
    ...(token === undefined ? {} : { changes: Object.keys(CHANGES).map((name) => `POST /${name}`) }),
  })
}

async function answerChange(
  { method, authorization }: AdminRequest,
  { token }: AdminOptions,
  change: () => Promise<Answer>,
): Promise<Answer> {
  if (method !== 'POST') return notAllowed('POST')
  if (token === undefined)
    return problem(
      403,
      'Nothing can be changed',
      'The configuration has no admin.token. Add one and restart.',
    )
  if (!showsToken(authorization, token))
    return problem(
      401,
      'No valid token',
      'Send Authorization: Bearer with the admin.token of the configuration.',
      {
        'www-authenticate': 'Bearer realm="gw admin"',
      },
    )
  return change()
}

function notAllowed(allow: string): Answer {
  return problem(405, 'Method not allowed', `Use ${allow}.`, { allow })
}

function notFound(name: string): Answer {
  // What was asked for is a stranger's text; JSON spells out whatever is in it.
  return problem(
    404,
    'No such page',
    `There is nothing at /${name}, or nothing of what was asked for. GET / lists the pages.`,
  )
}
