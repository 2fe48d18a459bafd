import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import type { TestGateway } from '@postern/core/testing'
import { expect } from 'vitest'

/** An answer, read whole. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Sends a GET with these header lines, flat and as they are: a name may stand there twice. */
export function send(
  url: string,
  headers: readonly string[] = [],
  more: RequestOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const start = url.startsWith('https:') ? httpsRequest : httpRequest
    const request = start(
      url,
      { agent: false, ...more, headers: ['host', 'gateway', ...headers] as never },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    request.on('error', reject)
    request.end()
  })
}

/** The code of a refusal. */
export function codeOf({ body }: Answer): string {
  return (JSON.parse(body) as { code: string }).code
}

/** Nothing of what must stay secret is in logs, verdicts or answers. */
export function expectNoLeak(
  test: TestGateway,
  answers: readonly Answer[],
  secrets: readonly string[],
): void {
  const written = JSON.stringify([
    test.logs,
    test.exchanges.map(({ verdicts, caller, error }) => [verdicts, caller, error?.message]),
    answers.map(({ headers, status, body }) => (status < 400 ? [] : [headers, body])),
  ])
  for (const secret of secrets) expect(written).not.toContain(secret)
}
