import type { Readable } from 'node:stream'
import { GatewayError } from './errors.ts'

/**
 * Reads a request body to its end. When it does not get there, what was read is put back: the body can still be forwarded.
 * @param withinMs how long it may take, in milliseconds; 0 for no limit.
 * @throws {GatewayError} as a rejection: GW_REQ_BODY_TOO_LARGE above `maxBytes`, GW_REQ_BODY_ABORTED when it is cut, GW_REQ_BODY_TIMEOUT when it is late.
 */
export function readWhole(body: Readable, maxBytes: number, withinMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (error: GatewayError | null): void => {
      clearTimeout(timer)
      body.off('data', onData).off('end', onEnd).off('close', onCut)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    const giveUp = (error: GatewayError): void => {
      body.pause()
      settle(error)
      if (bytes > 0) body.unshift(Buffer.concat(chunks))
    }
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes > maxBytes) giveUp(new GatewayError('GW_REQ_BODY_TOO_LARGE'))
    }
    const onCut = (cause?: unknown): void =>
      settle(cause instanceof GatewayError ? cause : new GatewayError('GW_REQ_BODY_ABORTED', { cause }))
    // node:http2 ends a stream that was reset without an error as if it were complete.
    const onEnd = (): void => ((body as { aborted?: boolean }).aborted === true ? onCut() : settle(null))
    const message = `The body did not come whole within ${withinMs} ms`
    const timer =
      withinMs > 0
        ? setTimeout(() => giveUp(new GatewayError('GW_REQ_BODY_TIMEOUT', { message })), withinMs)
        : undefined
    // `error` stays: a stream that fails later, with nobody listening, would end the process.
    body.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut)
    // What was over before it was read says so no more: node:http2 ends a body of no bytes unasked.
    if (body.readableEnded && !body.readableDidRead) onEnd()
    else if (body.destroyed) onCut(body.errored ?? undefined)
  })
}
