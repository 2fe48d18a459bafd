import type { Scenario } from '../scenario.ts'
import { openGrpc } from './grpc.ts'
import { openHttp1 } from './http1.ts'
import { openHttp2 } from './http2.ts'
import type { Clients, Size } from './lanes.ts'
import { openWebSocket } from './websocket.ts'

/**
 * Opens clients of the scenario's wire.
 * @throws Error when a connection cannot be opened
 */
export function openClients(url: string, scenario: Scenario, token: string, size: Size): Promise<Clients> {
  switch (scenario.wire) {
    case 'http1':
      return openHttp1(url, scenario, token, size)
    case 'http2-http1':
    case 'http2-http2':
      return openHttp2(url, scenario, token, size)
    case 'grpc':
      return openGrpc(url, scenario, token, size)
    case 'websocket':
      return openWebSocket(url, scenario, token, size)
  }
}
