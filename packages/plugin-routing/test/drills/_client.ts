/** The ways through a gateway that a drill's load can take. */
import type { Gateway } from '@postern/core'
import { Pool } from 'undici'

/** What a load sends. */
export type Method = 'GET' | 'POST'

/** Who sends the requests of a load. */
export interface Client {
  /** One request. Rejects when its connection breaks, or the call fails. */
  ask(path: string, method: Method): Promise<{ readonly status: number; readonly text: string }>
  /** Lets its connections go. */
  close(): Promise<void>
}

/** Over a hop; from inside of the process that calls; by the web-standard call. */
export type DrillSeat = 'hop' | 'caller' | 'fetch'

/** A host that no resolver knows: who gets an answer was led by the gateway. */
const NAME = 'http://orders'

/** A client that goes through a gateway, which listens from here on where the seat needs it. */
export async function clientThrough(gateway: Gateway, seat: DrillSeat): Promise<Client> {
  if (seat === 'hop') return overHttp((await gateway.listen({ host: '127.0.0.1', port: 0 })).url)
  const dispatcher = gateway.dispatcher()
  const call = (url: string, init: RequestInit): Promise<Response> =>
    seat === 'caller'
      ? fetch(url, { ...init, dispatcher } as unknown as RequestInit)
      : gateway.fetch(url, init)
  return {
    async ask(path, method) {
      const response = await call(`${NAME}${path}`, { method })
      return { status: response.status, text: await response.text() }
    },
    close: () => dispatcher.close(),
  }
}

function overHttp(url: string): Client {
  const pool = new Pool(url, { connections: 100 })
  return {
    async ask(path, method) {
      const { statusCode, body } = await pool.request({ path, method })
      return { status: statusCode, text: await body.text() }
    },
    close: () => pool.close(),
  }
}
