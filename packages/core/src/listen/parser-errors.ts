/** Answers for what node:http's parser refused: there is no request object, so the answer is written to the socket. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError } from '../errors.ts'
import { ALLOWED_METHODS } from '../methods.ts'

/** What is still written of an answer before its connection is closed: a problem document, not a download. */
const FLUSHED_BYTES = 65_536

/** Writes a problem answer for a parser's error and closes the connection. */
export function refuseUnparsed(
  error: Error & { code?: string },
  socket: Socket,
  problem: ProblemWriter,
): void {
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
  refuseOnSocket(new GatewayError(codeFor(error.code ?? ''), { cause: error }), socket, problem)
}

/** Refuses a CONNECT, which leaves node:http's request handling and its order of answers. */
export function refuseConnect(socket: Duplex, problem: ProblemWriter): void {
  if (runningResponse(socket)) {
    socket.destroy()
    return
  }
  const headers = ['allow', ALLOWED_METHODS]
  refuseOnSocket(new GatewayError('GW_REQ_METHOD_REFUSED', { headers }), socket, problem)
}

/** The response that a connection is busy with. */
export function runningResponse(
  socket: Duplex,
): (ServerResponse & { req: IncomingMessage }) | null | undefined {
  return (socket as { _httpMessage?: ServerResponse & { req: IncomingMessage } })._httpMessage
}

/** Body and headers of a problem answer; given by the caller, since stages do not import each other. */
export type ProblemWriter = (error: GatewayError) => { headers: string[]; body: Uint8Array }

/** Writes a problem answer to a socket and closes the connection. */
function refuseOnSocket(error: GatewayError, socket: Duplex, problem: ProblemWriter): void {
  const { headers, body } = problem(error)
  let head = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}\r\nconnection: close\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  socket.on('error', () => {})
  socket.write(`${head}\r\n`)
  socket.end(body, () => socket.destroy())
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
