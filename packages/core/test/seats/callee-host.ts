/** A service with the gateway as middleware in front of its own handler. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createGateway,
  definePlugin,
  type Exchange,
  type Gateway,
  type GatewayOptions,
  type RouteHooks,
} from '../../src/index.ts'
import { createLogRecorder, type LogLine } from '../../src/testing.ts'

/** A running host. */
export interface CalleeHost extends AsyncDisposable {
  readonly port: number
  readonly gateway: Gateway
  readonly exchanges: readonly Exchange[]
  readonly logs: readonly LogLine[]
}

/** A plugin that taps the hooks of every route. */
function tapping(tap: (hooks: RouteHooks) => void, ownsRequestHeaders: readonly string[] = []) {
  return definePlugin({
    name: 'tapping',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    ownsRequestHeaders: () => ownsRequestHeaders,
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) => tap(hooks))
    },
  })()
}

/** Starts a host whose handler runs behind the gateway. */
export async function createHost(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  tap: (hooks: RouteHooks) => void = () => {},
  options: GatewayOptions & { readonly owns?: readonly string[] } = {},
): Promise<CalleeHost> {
  const exchanges: Exchange[] = []
  const { logger, lines } = createLogRecorder()
  const { owns = [], ...rest } = options
  const recorder = definePlugin({
    name: 'recorder',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup(gateway) {
      gateway.hooks.onFinish.tap((exchange) => void exchanges.push(exchange))
    },
  })
  const gateway = createGateway([tapping(tap, owns), recorder()], { logger, ...rest })
  const middleware = gateway.middleware()
  const server = createServer((request, response) =>
    middleware(request, response, () => handler(request, response)),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    gateway,
    exchanges,
    logs: lines,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await gateway.close()
    },
  }
}
