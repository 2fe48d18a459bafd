import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What the server got. */
export interface Asked {
  readonly authorization: string | undefined
  readonly form: URLSearchParams
  /** Which connection it came by, counted from 1. */
  readonly connection: number
}

/** Answers one call. */
export type Answering = (token: string, response: ServerResponse) => void

/** An introspection endpoint on a real socket. */
export class IntrospectionServer {
  readonly url: string
  readonly asked: Asked[] = []
  /** What each token is; one that is not here is not active. */
  readonly tokens = new Map<string, Record<string, unknown>>()
  /** How it answers in place of the truth. */
  answering: Answering | undefined
  readonly #server: Server
  readonly #connections = new Map<Socket, number>()

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`
  }

  static async start(): Promise<IntrospectionServer> {
    const server = createServer((request, response) => void made.#answer(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const made = new IntrospectionServer(server)
    server.on('connection', (socket: Socket) => made.#connections.set(socket, made.#connections.size + 1))
    return made
  }

  /** Tokens that were asked for, oldest first. */
  get askedFor(): readonly (string | null)[] {
    return this.asked.map(({ form }) => form.get('token'))
  }

  /** Closes every connection, as a server does with idle ones. */
  hangUp(): void {
    for (const socket of this.#connections.keys()) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    const form = new URLSearchParams(body)
    const connection = this.#connections.get(request.socket) ?? 0
    this.asked.push({ authorization: request.headers.authorization, form, connection })
    const token = form.get('token') ?? ''
    if (this.answering) return this.answering(token, response)
    const known = this.tokens.get(token)
    response.end(JSON.stringify(known ? { active: true, ...known } : { active: false }))
  }
}
