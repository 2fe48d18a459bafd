import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions } from '@postern/core'
import { type RoutingOptions, routing } from '../../src/index.ts'

/** Starts a service that answers with its name and the path that it got: `a /7`. */
export async function startService(name: string, status = 200) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.writeHead(status).end(`${name} ${request.url}`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** An address on which nobody listens. */
export async function deadAddress(): Promise<string> {
  const service = await startService('dead')
  await service[Symbol.asyncDispose]()
  return service.url
}

/** Starts a gateway with the routing plugin. `ask` gives status and body of an answer: `200 a /7`. */
export function startRouting(options: RoutingOptions, gatewayOptions: GatewayOptions = {}) {
  const gateway = createGateway([routing(options)], { logger: false, ...gatewayOptions })
  return {
    gateway,
    async ask(url: string, init?: RequestInit): Promise<string> {
      const response = await gateway.fetch(url, init)
      return `${response.status} ${await response.text()}`
    },
    async [Symbol.asyncDispose]() {
      await gateway.close({ graceMs: 100 })
    },
  }
}
