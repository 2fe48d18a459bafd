import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createGateway, type GatewayOptions, type PluginInstance } from '@postern/core'
import { type RoutingOptions, routing } from '../../src/index.ts'
import { listening } from './listening.ts'

/** Starts a service that answers with its name and the path that it got: `a /7`. */
export async function startService(name: string, status = 200) {
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => response.writeHead(status).end(`${name} ${request.url}`))
  })
  return listening(server)
}

/** Starts a service that lets every request wait until `release`, and then answers with its name. */
export async function startStuck(name: string) {
  const waiting: ServerResponse[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => waiting.push(response))
  })
  return {
    ...(await listening(server)),
    waiting,
    release(): void {
      for (const response of waiting.splice(0)) response.end(name)
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
export function startRouting(
  options: RoutingOptions,
  gatewayOptions: GatewayOptions = {},
  others: readonly PluginInstance[] = [],
) {
  const gateway = createGateway([routing(options), ...others], { logger: false, ...gatewayOptions })
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
