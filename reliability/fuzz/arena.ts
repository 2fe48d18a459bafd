/** A gateway in its own process between this one's clients and its upstream, and what was seen at all three places. */
import { setTimeout as delay } from 'node:timers/promises'
import { Child } from '../shared/child.ts'
import type { FuzzCase } from './case.ts'
import { deliver, type Received } from './client.ts'
import { markerOf } from './grammar.ts'
import { OVERLOOKED, readRequests, readResponses } from './reader.ts'
import type { Sighting } from './sighting.ts'
import { type Arrivals, echoOf, RecordingUpstream, targetOfCase } from './upstream.ts'

/** How long the gateway may take to be done with exchanges whose clients are gone, and to answer a probe. */
const IDLE_MS = 5_000
const PROBES = 5

/** What a batch of cases led to. */
export interface Outcome {
  /** By case, in order. */
  readonly received: readonly Received[]
  readonly arrivals: Arrivals
  /** By exchange, of every batch so far: what was on its way may arrive late. */
  readonly sightings: ReadonlyMap<string, Sighting>
  /** What the gateway did that it must not do whatever it gets. */
  readonly complaints: readonly string[]
}

/** Where cases are tried. */
export class Arena implements AsyncDisposable {
  readonly #upstream: RecordingUpstream
  readonly #sightings = new Map<string, Sighting>()
  #gateway: Child | undefined
  #port = 0
  #probes = 0

  private constructor(upstream: RecordingUpstream) {
    this.#upstream = upstream
  }

  /** Starts it. */
  static async open(): Promise<Arena> {
    const arena = new Arena(await RecordingUpstream.start())
    await arena.#ensureGateway()
    return arena
  }

  /** Tries cases side by side, then asks the gateway whether it is well. */
  async run(batch: readonly FuzzCase[]): Promise<Outcome> {
    await this.#ensureGateway()
    this.#upstream.take()
    const received = await Promise.all(batch.map((each) => this.#deliver(each)))
    const complaints = await this.#complaints()
    for (const each of batch) this.#upstream.cases.delete(targetOfCase(each.number))
    return { received, arrivals: this.#upstream.take(), sightings: this.#sightings, complaints }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gateway?.stop()
    this.#upstream.close()
  }

  async #ensureGateway(): Promise<void> {
    if (this.#gateway?.alive) return
    this.#gateway = new Child('the gateway', 'fuzz/process.ts')
    this.#gateway.onEvent = (event) => this.#sightings.set((event as Sighting).id, event as Sighting)
    this.#port = await this.#gateway.ask<number>('listen', this.#upstream.url)
  }

  #deliver(each: FuzzCase): Promise<Received> {
    if (each.kind === 'response') {
      this.#upstream.cases.set(targetOfCase(each.number), each)
      const request = `GET ${targetOfCase(each.number)} HTTP/1.1\r\nHost: a.test\r\nX-Marker: ${markerOf(each.number)}\r\n\r\n`
      return deliver(this.#port, request, [], { answers: 1, isWhole: true })
    }
    const { messages, rest } = readRequests(each.bytes, OVERLOOKED)
    return deliver(this.#port, each.bytes, each.pieces, { answers: messages.length, isWhole: rest === 'end' })
  }

  /** Whether the gateway lives, is done with everything, and answers the next client. */
  async #complaints(): Promise<string[]> {
    try {
      const busy = await this.#busy()
      const probe = await this.#probe()
      return [...busy, ...probe]
    } catch (error) {
      await this.#gateway?.stop()
      return [`the gateway is gone: ${error instanceof Error ? error.message : String(error)}`]
    }
  }

  async #busy(): Promise<string[]> {
    const deadline = performance.now() + IDLE_MS
    for (;;) {
      const inFlight = (await this.#gateway?.ask<number>('inFlight')) ?? 0
      if (inFlight === 0) return []
      if (performance.now() > deadline)
        return [`${inFlight} exchanges still run although their clients are gone`]
      await delay(2)
    }
  }

  async #probe(): Promise<string[]> {
    let text = ''
    for (let attempt = 0; attempt < PROBES; attempt++) {
      const target = `/probe/${this.#probes++}`
      const request = `GET ${target} HTTP/1.1\r\nHost: a.test\r\n\r\n`
      const received = await deliver(this.#port, request, [], { answers: 1, isWhole: true })
      text = received.text
      const [answer] = readResponses(text, 'GET', true).messages
      if (answer?.start[1] === '200' && answer.body === echoOf(target)) return []
      // A connection that an upstream closed while it was being reused is no fault of the gateway's.
      if (!answer?.body.includes('"GW_UPSTREAM_RESET"')) break
    }
    if (this.#gateway?.alive !== true) await this.#gateway?.died
    return [`the next client did not get its answer: ${JSON.stringify(text.slice(0, 500))}`]
  }
}
