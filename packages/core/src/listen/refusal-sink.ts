import type { Duplex } from 'node:stream'
import { STATUS_CODES } from '../node-http.ts'
import type { Flow, Sink } from '../seams.ts'

/** Answers on a bare connection what node:http made no request of, and closes it. */
export class RefusalSink implements Sink {
  /** Nobody waits: the answer is a problem document, not a download. */
  flow: Flow | null = null
  readonly #connection: Duplex

  constructor(connection: Duplex) {
    this.#connection = connection
    // Unheard, a reset would end the process.
    connection.on('error', ignore)
  }

  /** Whoever sent this waits for a final answer only. */
  inform(): void {}

  start(status: number, _reason: string, headers: readonly string[]): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\n`
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
    this.#connection.write(`${head}\r\n`, 'latin1')
  }

  write(chunk: Uint8Array): boolean {
    this.#connection.write(chunk)
    return true
  }

  end(): void {
    this.#connection.end(() => this.#connection.destroy())
  }

  abort(): void {
    this.#connection.destroy()
  }
}

function ignore(): void {}
