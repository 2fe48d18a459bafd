import type { Agent } from 'node:http'
import { type AskLimits, ask } from './ask.ts'
import { readJson } from './read-json.ts'

/** An answer with a status that it should not have. */
export class WrongStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(status >= 300 && status < 400 ? `status ${status}: redirects are refused` : `status ${status}`)
    this.status = status
  }
}

/** How a document is fetched. */
export type FetchLimits = Omit<AskLimits, 'agent'>

/** A form to send. */
export interface Post {
  /** What it says, `application/x-www-form-urlencoded`. */
  readonly body: string
  /** Value of `authorization`. */
  readonly authorization: string
  /** Keeps connections between calls. Its owner ends them. */
  readonly agent: Agent
}

/**
 * Fetches a JSON document. Redirects are refused: whoever can redirect could choose the keys.
 * @param post makes it a POST. It may be sent twice: the form must ask and not change anything.
 * @throws {Error} as a rejection, a `WrongStatus` for another status than 200, whose message says what went wrong, without any part of what was sent or answered.
 */
export async function fetchJson(url: string, limits: FetchLimits, post?: Post): Promise<unknown> {
  const { status, body } = await ask(
    new URL(url),
    { method: post ? 'POST' : 'GET', headers: headersOf(post), body: post?.body },
    { ...limits, agent: post?.agent },
  )
  if (status !== 200) throw new WrongStatus(status)
  return readJson(body)
}

function headersOf(post: Post | undefined): readonly string[] {
  const accept = ['accept', 'application/json']
  if (!post) return accept
  return [...accept, 'authorization', post.authorization, 'content-type', 'application/x-www-form-urlencoded']
}
