import type { Scenario } from '../scenario.ts'
import type { Clients, Size } from './lanes.ts'

/**
 * Opens clients of the scenario's wire. Only its library is loaded: some take longer to load than a process to start.
 * @throws Error when a connection cannot be opened
 */
export async function openClients(
  url: string,
  scenario: Scenario,
  token: string,
  size: Size,
): Promise<Clients> {
  switch (scenario.wire) {
    case 'http1':
      return (await import('./http1.ts')).openHttp1(url, scenario, token, size)
    case 'http2-http1':
    case 'http2-http2':
      return (await import('./http2.ts')).openHttp2(url, scenario, token, size)
    case 'grpc':
      return (await import('./grpc.ts')).openGrpc(url, scenario, token, size)
    case 'websocket':
      return (await import('./websocket.ts')).openWebSocket(url, scenario, token, size)
  }
}
