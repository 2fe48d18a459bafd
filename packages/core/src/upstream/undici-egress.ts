import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { GatewayError } from '../errors.ts'
import { toFlatHeaders } from '../headers/list.ts'
import { fromRawResponse, fromRawTrailers } from '../headers/response-head.ts'
import type { Egress, EgressControl, EgressRequest, Receiver } from '../seams.ts'
import type { UpstreamEndpoint } from './endpoint.ts'

/** Sends attempts through undici's pools, HTTP/1.1. */
export class UndiciEgress implements Egress {
  /** How long a connection may take to open at most; attempts give up earlier by their own times. */
  private readonly connectMs: number

  constructor(connectMs: number) {
    this.connectMs = connectMs
  }

  send(request: EgressRequest, receiver: Receiver): void {
    const endpoint = request.endpoint as UpstreamEndpoint
    const handler = new UndiciHandler(receiver)
    try {
      endpoint.connections(this.connectMs).pool.dispatch(
        {
          path: request.target,
          method: request.method,
          headers: request.headers,
          body: request.body,
          upgrade: request.upgrade === '' ? null : request.upgrade,
          // undici closes the connection after every HEAD, and after a GET with a body, unless told not to.
          reset: false,
          // The same for all: undici opens a new connection when it changes, and takes it from `host` when it is missing.
          servername: endpoint.authority,
        } as Dispatcher.DispatchOptions,
        handler,
      )
    } catch (error) {
      // Thrown for arguments that cannot be sent at all; undici may have told the handler already.
      receiver.onFailure(error)
    }
  }
}

/** undici's handler, one class for all requests so that undici's calls stay monomorphic. */
class UndiciHandler implements Dispatcher.DispatchHandler, EgressControl {
  private readonly receiver: Receiver
  private controller: Dispatcher.DispatchController | null = null

  constructor(receiver: Receiver) {
    this.receiver = receiver
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.receiver.onConnected(this)
  }

  onRequestSent(): void {
    this.receiver.onRequestSent()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: unknown,
    reason?: string,
  ): void {
    const raw = controller.rawHeaders
    let flat: string[]
    try {
      if (status === 101)
        throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { message: 'A 101 without Upgrade' })
      flat = Array.isArray(raw)
        ? fromRawResponse(raw as Buffer[])
        : toFlatHeaders(headers as Record<string, string | string[]>)
    } catch (error) {
      this.receiver.onFailure(error)
      controller.abort(error as Error)
      return
    }
    // Informational responses arrive here too.
    if (status < 200) this.receiver.onInformation(status, flat)
    else this.receiver.onHead(status, reason ?? '', flat)
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    _status: number,
    headers: unknown,
    socket: Duplex,
  ): void {
    // Unheard, a reset in this turn would end the process.
    socket.on('error', () => {})
    const { upgrade } = headers as Record<string, string | string[] | undefined>
    try {
      const flat = fromRawResponse(controller.rawHeaders as Buffer[])
      this.receiver.onUpgrade(String(upgrade).toLowerCase(), flat, socket)
    } catch (error) {
      socket.destroy()
      this.receiver.onFailure(error)
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.receiver.onData(chunk)
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Record<string, string | string[]>,
  ): void {
    const raw = controller.rawTrailers
    this.receiver.onEnd(Array.isArray(raw) ? fromRawTrailers(raw as Buffer[]) : toFlatHeaders(trailers))
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.receiver.onFailure(error)
  }

  pause(): void {
    this.controller?.pause()
  }

  resume(): void {
    this.controller?.resume()
  }

  abort(error: GatewayError): void {
    this.controller?.abort(error)
  }
}
