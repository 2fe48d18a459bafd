import type { Egress, EgressRequest, Receiver } from '../seams.ts'
import type { UpstreamEndpoint } from './endpoint.ts'
import { Http2Egress } from './http2-egress.ts'
import { UndiciEgress } from './undici-egress.ts'

/** Sends each attempt in the version of HTTP that its endpoint speaks. */
export class UpstreamEgress implements Egress {
  private readonly http1: UndiciEgress
  private readonly http2: Http2Egress

  /** @param connectMs how long a connection may take to open at most; attempts give up earlier by their own times. */
  constructor(connectMs: number) {
    this.http1 = new UndiciEgress(connectMs)
    this.http2 = new Http2Egress(connectMs)
  }

  send(request: EgressRequest, receiver: Receiver): void {
    const { protocol } = request.endpoint as UpstreamEndpoint
    // The switch to another protocol is a mechanism of HTTP/1.1 (RFC 9113 section 8.6).
    if (protocol === 'http2' && request.upgrade === '') this.http2.send(request, receiver)
    else this.http1.send(request, receiver)
  }
}
