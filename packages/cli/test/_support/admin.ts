import { request } from 'node:http'

/** What the admin listener said. */
export interface AdminAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** `text` as JSON. */
  readonly data: unknown
}

/** What is asked, beside the path. */
export interface AdminAsk {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks a listener at a URL or at the path of a unix socket; on a connection of its own. */
export function askAdmin(
  where: string,
  path: string,
  { method = 'GET', headers = {}, body }: AdminAsk = {},
): Promise<AdminAnswer> {
  const at = where.startsWith('http')
    ? { host: '127.0.0.1', port: new URL(where).port }
    : { socketPath: where }
  return new Promise((resolve, reject) => {
    const sent = request({ ...at, path, method, headers, agent: false }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          get data(): unknown {
            return JSON.parse(text)
          },
        }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
