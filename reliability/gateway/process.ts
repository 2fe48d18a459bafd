/** The gateway under test as a process, with what it takes to look inside: its heap, sockets and timers. */
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ListenAddress,
  type PluginInstance,
} from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { type RouteOptions, routing, type ServiceOptions } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { answerQuestions } from '../shared/answer-questions.ts'
import { ECHO_PATH } from '../shared/grpc-echo.ts'
import { type GatewayState, heapBytes, resourcesLeft } from './inside.ts'

/** What the gateway leads to. */
export interface GatewaySetup {
  /** Name of a service, which is also its path prefix, and its address. */
  readonly services: Readonly<Record<string, string>>
  /** The same for services that speak HTTP/2. */
  readonly http2Services: Readonly<Record<string, string>>
  /** Address of the gRPC service. Default: none. */
  readonly grpc?: string
}

/** Times short enough for a fault to show within a round, and long enough for a machine that is busy. */
const OPTIONS: GatewayOptions = {
  logger: false,
  timeouts: { connectMs: 4_000, headersMs: 4_000, idleMs: 4_000 },
}

let gateway: Gateway
let address: ListenAddress
let setup: GatewaySetup

function plugins(): PluginInstance[] {
  const services: Record<string, ServiceOptions> = {}
  for (const [name, url] of Object.entries(setup.services)) services[name] = { endpoints: [url] }
  for (const [name, url] of Object.entries(setup.http2Services)) services[name] = http2Service(url)
  const routes: RouteOptions[] = Object.keys(services).map((name) => ({
    match: { path: `/${name}` },
    to: name,
    stripPrefix: true,
  }))
  if (setup.grpc !== undefined) {
    services['grpc'] = http2Service(setup.grpc)
    routes.push({ match: { path: ECHO_PATH }, to: 'grpc' })
  }
  const jwt = { issuer: 'https://idp.invalid', audience: 'soak', algorithms: ['ES256' as const] }
  return [trace(), auth({ jwt: [jwt] }, { mode: 'observe' }), routing({ services, routes })]
}

function http2Service(url: string): ServiceOptions {
  return { endpoints: [url], protocol: 'http2' }
}

answerQuestions(
  {
    async listen(given: GatewaySetup): Promise<number> {
      setup = given
      gateway = createGateway(plugins(), OPTIONS)
      address = await gateway.listen({ port: 0 })
      return address.port
    },
    reload: () => gateway.reload(plugins(), OPTIONS),
    closeIdle: () => address.server.closeIdleConnections(),
    heap: () => heapBytes(),
    state(): GatewayState {
      const { inFlight, liveGenerations, generation } = gateway.stats()
      return { ...resourcesLeft(), inFlight, liveGenerations, generation }
    },
  },
  () => gateway.close({ graceMs: 2_000 }),
)
