/**
 * What a request asks of the upstream. The client chooses and names it in the target, so the right outcome is known
 * before anything is sent, whatever the upstream's state.
 */

/** What a well-behaved upstream does. */
const ANSWERS = [
  /** 200 with a body of known length. */
  'length',
  /** The same, chunked. */
  'chunked',
  /** The same, ended by the end of the connection. */
  'until-close',
  /** The same in small pieces with pauses. */
  'trickle',
  /** The same after `waitMs`. */
  'wait',
  /** Many 1xx before the answer. */
  'informational',
  /** 200 and server-sent events, `count` of them, `waitMs` apart. */
  'events',
  /** 200 and a receipt of the request: what came, and its hash. */
  'receipt',
  /** 413 at once; the request body is not read. */
  'early-reply',
] as const

/** What a broken one does. */
const FAULTS = [
  /** A reset before any answer. */
  'reset-before-head',
  /** A reset after `at` bytes of the body. */
  'reset-in-body',
  /** No answer, ever. */
  'stall-before-head',
  /** `at` bytes of the body, then nothing, ever. */
  'stall-in-body',
  /** Announces more than it sends, then closes. */
  'too-short',
  /** Sends more than it announced. */
  'too-long',
  /** A chunk whose size is no number, after `at` bytes. */
  'bad-chunk',
  /** The end of the connection in the middle of a chunk. */
  'cut-chunk',
  /** A head beyond what the gateway takes. */
  'huge-headers',
  /** Bytes that are not HTTP. */
  'garbage',
] as const

/** One of the first list. */
export type AnswerBehaviour = (typeof ANSWERS)[number]
/** One of the second. */
export type FaultBehaviour = (typeof FAULTS)[number]
/** What the upstream does. */
export type Behaviour = AnswerBehaviour | FaultBehaviour

/** Whether a behaviour is one that HTTP does not allow. */
export function isFault(behaviour: Behaviour): behaviour is FaultBehaviour {
  return FAULTS.some((fault) => fault === behaviour)
}

/** A request's wish. */
export interface Plan {
  /** Names the case; part of every body. */
  readonly id: string
  readonly behaviour: Behaviour
  /** Bytes of the response body. Default: 0. */
  readonly bytes?: number
  /** Where the fault strikes, in body bytes. Default: 0. */
  readonly at?: number
  /** A pause, by behaviour. Default: 0. */
  readonly waitMs?: number
  /** How many, by behaviour. Default: 0. */
  readonly count?: number
}

/** The target that carries a plan. */
export function targetOf(plan: Plan): string {
  const { id, behaviour, bytes = 0, at = 0, waitMs = 0, count = 0 } = plan
  return `/${behaviour}/${id}?bytes=${bytes}&at=${at}&wait=${waitMs}&count=${count}`
}

/** The plan of a target, or `undefined` for any other target. */
export function readPlan(target: string): Required<Plan> | undefined {
  const match = /^\/([a-z-]+)\/([\w-]+)\?bytes=(\d+)&at=(\d+)&wait=(\d+)&count=(\d+)$/.exec(target)
  const behaviour = [...ANSWERS, ...FAULTS].find((name) => name === match?.[1])
  if (!match || !behaviour) return undefined
  const [, , id = '', bytes, at, waitMs, count] = match
  return {
    id,
    behaviour,
    bytes: Number(bytes),
    at: Number(at),
    waitMs: Number(waitMs),
    count: Number(count),
  }
}

/** What `receipt` answers, as JSON. */
export interface Receipt {
  readonly id: string
  readonly method: string
  readonly bytes: number
  readonly sha256: string
}
