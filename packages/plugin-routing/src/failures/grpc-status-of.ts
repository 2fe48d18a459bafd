import { type Attempt, type Exchange, getHeader } from '@postern/core'

/** What `grpcStatusOf` gives for an answer that has none, or none yet. */
const NO_STATUS = -1

/**
 * gRPC's status of the answer that an attempt of the exchange got: from its trailers, or, where the answer is nothing but a head
 * ("Trailers-Only"), from that.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses
 */
export function grpcStatusOf({ responseHeaders }: Exchange, { trailers }: Attempt): number {
  const text = getHeader(trailers, 'grpc-status') ?? getHeader(responseHeaders, 'grpc-status')
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : NO_STATUS
}

/** Whether a request is a gRPC call: its status is known when its answer has ended. */
export function isGrpcCall({ requestHeaders }: Exchange): boolean {
  return /^application\/grpc(?:$|[+;])/i.test(getHeader(requestHeaders, 'content-type') ?? '')
}
