import type { GatewayOptions } from '@postern/core'
import type { Scenario } from '../scenario.ts'

/** The one upstream of a gateway, in the protocol that the scenario's upstream leg speaks. */
export function posternUpstream(url: string, scenario: Scenario): GatewayOptions {
  if (!speaksHttp2(scenario)) return { upstream: url }
  return { upstream: { url, protocol: 'http2' } } as unknown as GatewayOptions
}

/** Whether the scenario's upstream leg is cleartext HTTP/2. */
export function speaksHttp2({ wire }: Scenario): boolean {
  return wire === 'http2-http2' || wire === 'grpc'
}
