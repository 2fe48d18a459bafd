import type { UpstreamOptions } from '@postern/core'
import type { ServerParams } from './messages.ts'
import { scenarioOf, upstreamOf } from './serve.ts'

/** The upstream of a gateway, in the protocol that the scenario's upstream leg speaks. */
export function posternUpstream(params: ServerParams): string | UpstreamOptions {
  const { url } = upstreamOf(params)
  const { wire } = scenarioOf(params)
  return wire === 'http2-http2' || wire === 'grpc' ? { url, protocol: 'http2' } : url
}
