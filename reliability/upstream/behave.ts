/** What the upstream does with one HTTP/1.1 request: what its plan says, to the byte. */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { contentOf } from '../shared/content.ts'
import { type FaultBehaviour, isFault, type Plan, type Receipt, readPlan } from '../shared/plan.ts'

/** Bytes of one write. */
const PIECE = 65_536

/** Answers a request. Never rejects: whoever went away has gone. */
export async function behave(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.on('error', () => {})
  response.on('error', () => {})
  const plan = readPlan(request.url ?? '')
  if (!plan) {
    response.writeHead(404).end()
    return
  }
  try {
    await act(plan, request, response)
  } catch {
    response.destroy()
  }
}

async function act(plan: Required<Plan>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { socket } = request
  const content = contentOf(plan.id, plan.bytes)
  const withLength = { 'x-case': plan.id, 'content-length': plan.bytes }
  const { behaviour } = plan
  // Read in full first, except where not reading is the point: a late body would be a second fault.
  const receipt = behaviour === 'early-reply' ? undefined : await receive(plan.id, request)
  if (isFault(behaviour)) return fail(behaviour, plan, content, socket)
  switch (behaviour) {
    case 'length':
      response.writeHead(200, withLength)
      return pipeline(pieces(content, PIECE), response)
    case 'chunked':
      response.writeHead(200, { 'x-case': plan.id })
      return pipeline(pieces(content, 1 + (plan.at || PIECE)), response)
    case 'until-close':
      socket.write(`HTTP/1.1 200 OK\r\nx-case: ${plan.id}\r\nconnection: close\r\n\r\n`)
      return pipeline(pieces(content, PIECE), socket)
    case 'trickle':
      response.writeHead(200, withLength)
      return pipeline(slowly(content, plan), response)
    case 'wait':
      await delay(plan.waitMs)
      response.writeHead(200, withLength).end(content)
      return
    case 'informational':
      for (let i = 0; i < plan.count; i++) socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </${i}>\r\n\r\n`)
      response.writeHead(200, withLength).end(content)
      return
    case 'events':
      response.writeHead(200, { 'x-case': plan.id, 'content-type': 'text/event-stream' })
      return pipeline(Readable.from(events(plan)), response)
    case 'receipt':
      response.writeHead(200, { 'x-case': plan.id, 'content-type': 'application/json' })
      response.end(JSON.stringify(receipt))
      return
    case 'early-reply':
      response.writeHead(413, withLength).end(content)
  }
}

/** The faults, written past node:http, which would not. */
async function fail(
  behaviour: FaultBehaviour,
  plan: Required<Plan>,
  content: Buffer,
  socket: Socket,
): Promise<void> {
  const head = `HTTP/1.1 200 OK\r\nx-case: ${plan.id}\r\n`
  const begun = content.subarray(0, plan.at)
  switch (behaviour) {
    case 'reset-before-head':
      socket.resetAndDestroy()
      return
    case 'stall-before-head':
      return
    case 'reset-in-body':
      await written(socket, `${head}content-length: ${plan.bytes}\r\n\r\n`, begun)
      socket.resetAndDestroy()
      return
    case 'stall-in-body':
      return written(socket, `${head}content-length: ${plan.bytes}\r\n\r\n`, begun)
    case 'too-short':
      await written(socket, `${head}content-length: ${plan.bytes}\r\n\r\n`, begun)
      socket.end()
      return
    case 'too-long':
      await written(socket, `${head}content-length: ${plan.at}\r\n\r\n`, content)
      socket.end()
      return
    case 'bad-chunk':
      await written(socket, `${head}transfer-encoding: chunked\r\n\r\n${plan.at.toString(16)}\r\n`, begun)
      socket.end('\r\nno number\r\n')
      return
    case 'cut-chunk':
      await written(socket, `${head}transfer-encoding: chunked\r\n\r\n${plan.bytes.toString(16)}\r\n`, begun)
      socket.end()
      return
    case 'huge-headers':
      socket.end(`${head}x-huge: ${'h'.repeat(plan.bytes)}\r\ncontent-length: 0\r\n\r\n`)
      return
    case 'garbage':
      socket.end(`\x16\x03\x01 ${plan.id}\r\n\r\n`)
  }
}

async function receive(id: string, request: IncomingMessage): Promise<Receipt> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { id, method: request.method ?? '', bytes, sha256: hash.digest('hex') }
}

function written(socket: Socket, head: string, body: Uint8Array): Promise<void> {
  socket.write(head)
  return new Promise((resolve) => socket.write(body, () => resolve()))
}

function* pieces(content: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

async function* slowly(content: Buffer, { count, waitMs }: Required<Plan>): AsyncGenerator<Buffer> {
  for (const piece of pieces(content, Math.ceil(content.length / count))) {
    yield piece
    await delay(waitMs)
  }
}

async function* events({ id, count, waitMs }: Required<Plan>): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) {
    yield `id: ${i}\ndata: ${id} ${i}\n\n`
    await delay(waitMs)
  }
}
