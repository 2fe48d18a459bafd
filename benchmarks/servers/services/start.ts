import type { Scenario } from '../../scenario.ts'
import type { Running } from '../serve.ts'

/** Starts the service that the scenario's upstream leg needs, and loads only its library. */
export async function startService(scenario: Scenario): Promise<Running> {
  switch (scenario.wire) {
    case 'http1':
    case 'http2-http1':
      return (await import('./http1.ts')).startHttp1(scenario)
    case 'http2-http2':
      return (await import('./http2.ts')).startHttp2(scenario)
    case 'grpc':
      return (await import('./grpc.ts')).startGrpc(scenario)
    case 'websocket':
      return (await import('./websocket.ts')).startWebSocket(scenario)
  }
}
