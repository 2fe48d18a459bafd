import type { Readable } from 'node:stream'
import { GatewayError } from './errors.ts'

/**
 * Reads a request body to its end. Bytes of a body that turns out larger are thrown away: it cannot be forwarded any more.
 * @throws {GatewayError} as a rejection: GW_REQ_BODY_TOO_LARGE above `maxBytes`, GW_REQ_BODY_ABORTED when it is cut.
 */
export function readWhole(body: Readable, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const settle = (error: GatewayError | null): void => {
      body.off('data', onData).off('end', onEnd).off('close', onCut)
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes > maxBytes) settle(new GatewayError('GW_REQ_BODY_TOO_LARGE'))
      else chunks.push(chunk)
    }
    const onCut = (cause?: unknown): void =>
      settle(cause instanceof GatewayError ? cause : new GatewayError('GW_REQ_BODY_ABORTED', { cause }))
    // node:http2 ends a stream that was reset without an error as if it were complete.
    const onEnd = (): void => ((body as { aborted?: boolean }).aborted === true ? onCut() : settle(null))
    // `error` stays: a stream that fails later, with nobody listening, would end the process.
    body.on('data', onData).on('end', onEnd).on('close', onCut).on('error', onCut)
    if (body.destroyed) onCut(body.errored ?? undefined)
  })
}
