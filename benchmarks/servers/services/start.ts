import type { Scenario } from '../../scenario.ts'
import type { Running } from '../serve.ts'
import { startGrpc } from './grpc.ts'
import { startHttp1 } from './http1.ts'
import { startHttp2 } from './http2.ts'
import { startWebSocket } from './websocket.ts'

/** Starts the service that the scenario's upstream leg needs. */
export function startService(scenario: Scenario): Promise<Running> {
  switch (scenario.wire) {
    case 'http1':
    case 'http2-http1':
      return startHttp1(scenario)
    case 'http2-http2':
      return startHttp2(scenario)
    case 'grpc':
      return startGrpc(scenario)
    case 'websocket':
      return startWebSocket(scenario)
  }
}
