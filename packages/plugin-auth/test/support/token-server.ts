import { type Seen, type Service, startService } from './service.ts'

/** What a token endpoint was asked, with its form read. */
export interface Grant {
  readonly form: Readonly<Record<string, string>>
  readonly authorization: string | undefined
}

/** An authorization server on a real socket that misbehaves on demand. */
export interface TokenServer extends Service {
  readonly grants: Grant[]
  /** What it does with the next requests. */
  behaviour: 'up' | 'broken' | 'refusing' | 'stalled' | 'redirect' | 'garbage'
  /** `error` of its refusals. */
  refusal: string
  /** `expires_in` of its tokens. */
  lifeS: unknown
  /** `issued_token_type` of its tokens. */
  issued: string | undefined
  /** Body of its answers in place of those. */
  body: string | undefined
}

/** Starts one whose tokens are `token-1`, `token-2` … */
export async function startTokenServer(): Promise<TokenServer> {
  const grants: Grant[] = []
  let number = 0
  const answer = (seen: Seen, _request: unknown, response: Parameters<typeof respond>[0]): void => {
    const { authorization } = seen.headers
    grants.push({ form: Object.fromEntries(new URLSearchParams(seen.body)), authorization })
    respond(response)
  }
  const respond = (response: {
    writeHead(status: number, headers?: Record<string, string>): { end(body?: string): unknown }
  }): void => {
    switch (server.behaviour) {
      case 'broken':
        return void response.writeHead(500).end('secret-of-the-authority')
      case 'refusing':
        return void response
          .writeHead(400)
          .end(JSON.stringify({ error: server.refusal, error_description: 'secret-of-the-authority' }))
      case 'stalled':
        return
      case 'redirect':
        return void response.writeHead(307, { location: '/elsewhere' }).end()
      case 'garbage':
        return void response.writeHead(200).end('<html>')
      case 'up': {
        number += 1
        const { lifeS: expires_in, issued: issued_token_type } = server
        const body = { access_token: `token-${number}`, token_type: 'Bearer', expires_in, issued_token_type }
        return void response.writeHead(200).end(server.body ?? JSON.stringify(body))
      }
    }
  }
  const server: TokenServer = Object.assign(await startService(answer as never), {
    grants,
    behaviour: 'up' as const,
    refusal: 'invalid_grant',
    lifeS: 300,
    issued: 'urn:ietf:params:oauth:token-type:access_token',
    body: undefined as string | undefined,
  })
  return server
}
