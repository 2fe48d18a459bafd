import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions, type PluginInstance } from '@postern/core'
import { createLogRecorder } from '@postern/core/testing'
import express from 'express'
import fastify from 'fastify'
import type { Line } from './lines.ts'

/** A service that runs. */
export interface Service {
  readonly url: string
  stop(): Promise<void>
}

/** What a service does with a request: the text of its answer. */
export type Handle = (headers: IncomingHttpHeaders) => Promise<string>

/** A gateway and the lines that it wrote. */
export function gatewayWith(plugins: readonly PluginInstance[], options: GatewayOptions = {}) {
  const { logger, lines } = createLogRecorder()
  const gateway = createGateway(plugins, { logger, ...options })
  return {
    gateway,
    lines: (): Line[] => lines.filter(({ message }) => message === 'exchange').map(({ fields }) => fields),
  }
}

type Gateway = ReturnType<typeof createGateway>

/** A service behind the callee seat in Express. */
export function expressService(gateway: Gateway, handle: Handle): Promise<Service> {
  const app = express()
  app.use(gateway.middleware())
  app.get('/{*path}', async (request, response) => {
    response.send(await handle(request.headers))
  })
  return listening(createServer(app as RequestListener))
}

/** A service behind the callee seat in Fastify. */
export async function fastifyService(gateway: Gateway, handle: Handle): Promise<Service> {
  const app = fastify()
  const middleware = gateway.middleware()
  app.addHook('onRequest', (request, reply, done) =>
    middleware(request.raw, reply.raw, (error) => done(error as Error | undefined)),
  )
  app.get('/*', async (request) => handle(request.headers))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url, stop: () => app.close() }
}

/** A service without any gateway in it. */
export function plainService(handle: Handle): Promise<Service> {
  return listening(
    createServer((request, response) => {
      handle(request.headers).then(
        (answer) => response.end(answer),
        () => response.writeHead(500).end(),
      )
    }),
  )
}

async function listening(server: Server): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, stop }
}

/** Some headers of a request, for the next call. */
export function pick(headers: IncomingHttpHeaders, ...names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
