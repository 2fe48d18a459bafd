/** What becomes of what node:http's parser refused, and of CONNECT: there is no request that node:http could answer. */

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { runningResponse } from '../connections.ts'
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError } from '../errors.ts'
import { ALLOWED_METHODS } from '../methods.ts'

/** What is still written of an answer before its connection is closed: a problem document, not a download. */
const FLUSHED_BYTES = 65_536

/** Has a parser's error answered, where an answer can be told from what else is on the connection; else closes it. */
export function refuseUnparsed(error: Error & { code?: string }, socket: Socket, refuse: Refuse): void {
  const running = runningResponse(socket)
  // Bytes of an answer in the middle of another response would be read as part of it; and when the broken request is
  // the next one on the connection, an answer would be taken for the one that still runs.
  const mayAnswer = !running || (!running.headersSent && !running.req.complete)
  // Bytes after the last request of a connection are nobody's; the answer to that request is still due.
  if (error.code === 'HPE_CLOSED_CONNECTION' && running && !running.writableEnded) return
  if (!socket.writable || !mayAnswer || error.code === 'ECONNRESET') {
    // The broken request may have been refused by its head, or follow one that is answered: that answer is on its way out.
    const isAnswered = running?.headersSent && (!running.req.complete || running.writableEnded)
    if (isAnswered && socket.writableLength < FLUSHED_BYTES) socket.end(() => socket.destroy())
    else socket.destroy()
    return
  }
  refuse(new GatewayError(codeFor(error.code ?? ''), { cause: causeOf(error) }), socket, '')
}

/** Refuses a CONNECT, which leaves node:http's request handling and its order of answers. */
export function refuseConnect(socket: Duplex, refuse: Refuse): void {
  if (runningResponse(socket)) {
    socket.destroy()
    return
  }
  const headers = ['allow', ALLOWED_METHODS]
  refuse(new GatewayError('GW_REQ_METHOD_REFUSED', { headers }), socket as Socket, 'CONNECT')
}

/** Answers with a refusal what has no request, on its connection; `method` is empty where none could be read. */
export type Refuse = (refusal: GatewayError, connection: Socket, method: string) => void

/** The parser's error without the bytes that it could not read: those may be anybody's token. */
function causeOf({ message, code }: Error & { code?: string }): Error {
  return Object.assign(new Error(message), { code })
}

function codeFor(code: string): CoreErrorCode {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'GW_REQ_HEADERS_TOO_LARGE'
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'GW_REQ_BODY_TOO_LARGE'
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'GW_REQ_TIMEOUT'
    default:
      return 'GW_REQ_MALFORMED'
  }
}
