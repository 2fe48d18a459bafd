import { type Agent, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** How a document is fetched. */
export interface FetchLimits {
  /** The whole fetch, in milliseconds. */
  readonly timeoutMs: number
  /** Size above which the document is refused, in bytes. */
  readonly maxBytes: number
  /** Ends the fetch. */
  readonly signal: AbortSignal
}

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
 *
 * Not by the global `fetch`: a process may have made this very gateway its global dispatcher (the caller seat), and the
 * keys would then wait for the guard that waits for the keys. A connection of its own also leaves nothing open.
 * @param post makes it a POST, which is sent once more when the server closed a kept connection at that moment: the
 * form must ask and not change anything.
 * @throws {Error} whose message says what went wrong, without any part of what was sent or answered.
 */
export function fetchJson(url: string, limits: FetchLimits, post?: Post): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = send(url, {
      agent: post?.agent ?? false,
      method: post ? 'POST' : 'GET',
      signal: limits.signal,
      headers: { accept: 'application/json', ...(post && formHeaders(post)) },
    })
    const timer = setTimeout(
      () => fail(`no complete answer within ${limits.timeoutMs} ms`),
      limits.timeoutMs,
    ).unref()

    let isOver = false
    const fail = (reason: string): void => {
      isOver = true
      clearTimeout(timer)
      reject(new Error(reason))
      request.destroy()
    }

    request.on('error', (error: NodeJS.ErrnoException) => {
      if (post && !isOver && request.reusedSocket && error.code === 'ECONNRESET') {
        clearTimeout(timer)
        resolve(fetchJson(url, limits, post))
      } else {
        fail(`the connection failed (${error.code ?? error.name})`)
      }
    })
    request.on('response', (response) => {
      const { statusCode = 0 } = response
      if (statusCode >= 300 && statusCode < 400) return fail(`status ${statusCode}: redirects are refused`)
      if (statusCode !== 200) return fail(`status ${statusCode}`)
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > limits.maxBytes) fail(`the answer is larger than ${limits.maxBytes} bytes`)
        else chunks.push(chunk)
      })
      response.on('error', () => fail('the answer was cut'))
      response.on('end', () => {
        clearTimeout(timer)
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString()))
        } catch {
          fail('the answer is not JSON')
        }
      })
    })
    request.end(post?.body)
  })
}

function formHeaders({ body, authorization }: Post): Record<string, string | number> {
  return {
    authorization,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': Buffer.byteLength(body),
  }
}
