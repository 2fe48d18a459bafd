/** Services that run the guard in their own process: the callee seat in node:http, Express and Fastify. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Gateway } from '@postern/core'
import express from 'express'
import { fastify } from 'fastify'
import { getPrincipal } from '../../src/index.ts'

/** A running host. Each answers what its handler knows of the caller. */
export interface Host extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/** What the handler says: who calls, and what it reads in the identity header. */
const greet = (request: object, header: unknown) => {
  const caller = getPrincipal(request)
  return { id: caller?.id, kind: caller?.kind, scopes: caller?.scopes, header }
}

export const HOSTS: Readonly<Record<string, (gateway: Gateway) => Promise<Host>>> = {
  async 'node:http'(gateway) {
    const middleware = gateway.middleware()
    const server = createServer((request, response) =>
      middleware(request, response, () =>
        response.end(JSON.stringify(greet(request, request.headers['x-caller']))),
      ),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return hostOf(server)
  },

  async express(gateway) {
    const app = express()
    app.use(gateway.middleware())
    app.use(express.json())
    app.all('/*path', (request, response) => void response.json(greet(request, request.get('x-caller'))))
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    return hostOf(server)
  },

  async fastify(gateway) {
    const app = fastify()
    const middleware = gateway.middleware()
    app.addHook('onRequest', (request, reply, done) => middleware(request.raw, reply.raw, () => done()))
    app.all('/*', (request) => greet(request, request.headers['x-caller']))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return hostOf(app.server)
  },

  /** Before Fastify's router: it reads the path that the guard has read. */
  async 'fastify, before its router'(gateway) {
    const middleware = gateway.middleware()
    const app = fastify({
      serverFactory: (handler) =>
        createServer((request, response) => middleware(request, response, () => handler(request, response))),
    })
    app.all('/*', (request) => greet(request, request.headers['x-caller']))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return hostOf(app.server)
  },
}

function hostOf(server: Server): Host {
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
