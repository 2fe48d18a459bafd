import type { Agent } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Authorities, authorityList } from './authorities.ts'
import { request as httpRequest } from './node-http.ts'

/** What another service is asked. */
export interface Question {
  /** Upper case. */
  readonly method: string
  /** Flat, `[name, value, …]`. */
  readonly headers: readonly string[]
  /** Default: none. */
  readonly body?: string | undefined
}

/** How long and how much. */
export interface AskLimits {
  /** The whole call, in milliseconds. */
  readonly timeoutMs: number
  /** Size of an answer's body above which the call fails, in bytes. */
  readonly maxBytes: number
  /** Keeps connections. Default: a connection of its own for each call. */
  readonly agent?: Agent | undefined
  /** Authorities that alone are trusted. Default: those of Node. */
  readonly ca?: Authorities | undefined
  /** Ends the call. */
  readonly signal?: AbortSignal | undefined
}

/** An answer, whatever its status. Redirects are not followed: whoever can redirect could choose who is believed. */
export interface Answer {
  readonly status: number
  /** Flat, in wire order. */
  readonly headers: readonly string[]
  readonly body: Buffer
}

/**
 * Asks another service. Not by the global `fetch`: a process may have made this very gateway its global dispatcher (the caller
 * seat), and the keys would then wait for the guard that waits for the keys.
 * @throws {Error} as a rejection, whose message says what went wrong, without any part of question and answer.
 */
export function ask(url: URL, question: Question, limits: AskLimits): Promise<Answer> {
  return askOnce(url, question, limits).catch((error: unknown) => {
    // A kept connection that the other side closed meanwhile: nothing was wrong with the question.
    if (error instanceof StaleConnection) return askOnce(url, question, { ...limits, agent: undefined })
    throw error
  })
}

class StaleConnection extends Error {}

function askOnce(url: URL, question: Question, limits: AskLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const body = question.body === undefined ? undefined : Buffer.from(question.body)
    const request = send(url, {
      method: question.method,
      agent: limits.agent ?? false,
      signal: limits.signal,
      ca: authorityList(limits.ca),
      headers: [
        ...question.headers,
        'host',
        url.host,
        ...(body ? ['content-length', String(body.length)] : []),
      ],
    })
    let answered = false
    const fail = (reason: string): void => {
      clearTimeout(timer)
      reject(new Error(reason))
      request.destroy()
    }
    const timer = setTimeout(
      () => fail(`no complete answer within ${limits.timeoutMs} ms`),
      limits.timeoutMs,
    ).unref()
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (request.reusedSocket && !answered && error.code === 'ECONNRESET') reject(new StaleConnection())
      fail(`the connection failed (${error.code ?? error.name})`)
    })
    request.on('response', (response) => {
      answered = true
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
        resolve({
          status: response.statusCode ?? 0,
          headers: response.rawHeaders,
          body: Buffer.concat(chunks),
        })
      })
    })
    request.end(body)
  })
}
