/** Asks the admin listener of a running gateway, and says in a sentence what stands in the way. */
import { type IncomingMessage, request } from 'node:http'
import { CommandError, messageOf } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { AdminPlace } from './place.ts'

/** How long an answer may take. */
const TIMEOUT_MS = 10_000
/** What is above this is not read: the largest page is `/metrics`, a few MiB at ten thousand routes. */
const MAX_BYTES = 64 * 1024 * 1024

/** The admin listener did not give what was asked for. Its message is one line. */
export class AdminError extends CommandError {
  override readonly name = 'AdminError'

  constructor(message: string) {
    super(message, EXIT.usage)
  }
}

/** Asks one admin listener. */
export interface AdminClient {
  /** Where it asks. */
  readonly place: AdminPlace
  /**
   * The data of a page.
   * @returns `undefined` where there is no such page, or nothing of what was asked for.
   * @throws {AdminError}
   */
  data(page: string, query?: URLSearchParams): Promise<unknown>
  /**
   * The text of a page, such as `metrics`.
   * @throws {AdminError}
   */
  text(page: string): Promise<string | undefined>
}

/** What one worker says. */
export interface WorkerData<T = unknown> {
  /** Its number; `undefined` in a single process. */
  readonly worker: number | undefined
  readonly data: T
}

/** Asks the admin listener at a place. Opens a connection with each question, and keeps none. */
export function adminClient(place: AdminPlace): AdminClient {
  return {
    place,
    async data(page, query) {
      const answer = await ask(place, page, query)
      if (answer === undefined) return undefined
      try {
        return JSON.parse(answer) as unknown
      } catch {
        throw new AdminError(
          `${place.name} answers /${page} with something that is not JSON: it is no admin listener of gw.`,
        )
      }
    },
    text: (page) => ask(place, page),
  }
}

/** What each worker says: a single process is one. */
export function workersIn<T>(data: unknown): readonly WorkerData<T>[] {
  if (typeof data === 'object' && data !== null && 'workers' in data && Array.isArray(data.workers))
    return data.workers as readonly WorkerData<T>[]
  return [{ worker: undefined, data: data as T }]
}

/**
 * A page without which a command cannot go on.
 * @throws {AdminError} where there is none, saying what would give it.
 */
export async function neededPage(
  client: AdminClient,
  page: string,
  source: string,
  query?: URLSearchParams,
): Promise<unknown> {
  const data = await client.data(page, query)
  if (data === undefined)
    throw new AdminError(`The gateway at ${client.place.name} has no page /${page}: it comes from ${source}.`)
  return data
}

async function ask(place: AdminPlace, page: string, query?: URLSearchParams): Promise<string | undefined> {
  const path = `/${page}${query && query.size > 0 ? `?${String(query)}` : ''}`
  const { status, body } = await exchange(place, path)
  if (status === 404) return undefined
  // /readyz answers 503 with its reasons: that is what was asked for.
  if (status === 200 || (page === 'readyz' && status === 503)) return body
  const detail = detailOf(body)
  throw new AdminError(
    `${place.name} refuses ${path.replace(/\?.*/, '')} with ${status}${detail === undefined ? '' : `: ${detail}`}`,
  )
}

interface Answer {
  readonly status: number
  readonly body: string
}

function exchange({ url, socketPath, token, name }: AdminPlace, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const asked = request(new URL(path, url), {
    ...(socketPath === undefined ? {} : { socketPath }),
    agent: false,
    headers: {
      accept: 'application/json, text/plain;q=0.9',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  asked.on('response', (response) => {
    readAll(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject)
  })
  asked.on('error', reject)
  asked.end()
  return promise.catch((error: unknown) => {
    if (error instanceof AdminError) throw error
    throw new AdminError(sentenceOf(error, name))
  })
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BYTES) throw new AdminError('The answer is above 64 MiB and was not read.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sentenceOf(error: unknown, name: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return `No gateway listens at ${name}. Is it running, and is "admin" in the configuration that it was started with?`
  if (code === 'EACCES') return `This user may not connect to ${name}.`
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'))
    return `${name} did not answer within ${TIMEOUT_MS / 1_000} s.`
  if (code.startsWith('HPE_') || code === 'ECONNRESET')
    return `${name} does not speak HTTP as an admin listener does (${code}).`
  return `${name} cannot be asked: ${messageOf(error)}`
}

/** The words of a problem (RFC 9457). */
function detailOf(body: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(body) as { readonly detail?: unknown; readonly title?: unknown }
    return [detail, title].find((text): text is string => typeof text === 'string' && text !== '')
  } catch {
    return undefined
  }
}
