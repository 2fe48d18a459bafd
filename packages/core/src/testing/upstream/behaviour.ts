/** What a test upstream can be told to do, and the one place where the names meet the functions. */
import type {
  AnswerBehaviour,
  CloseAfterAnswerBehaviour,
  CustomBehaviour,
  EarlyReplyBehaviour,
  HugeHeadersBehaviour,
  InformationalBehaviour,
} from './answers.ts'
import { answer, answerAndClose, echo, replyEarly, sendHugeHeaders, sendInformational } from './answers.ts'
import type { Call, SeenRequest } from './call.ts'
import type {
  HalfCloseBehaviour,
  ResetAtBehaviour,
  ResetInBodyBehaviour,
  StallBehaviour,
  StallInHeadBehaviour,
  WrongLengthBehaviour,
} from './cuts.ts'
import { halfClose, resetAt, resetInBody, sendWrongLength, stallInBody, stallInHead } from './cuts.ts'
import type { AmbiguousLengthBehaviour, BadChunkBehaviour, BytesBehaviour } from './framing.ts'
import { sendAmbiguousLength, sendBadChunk, sendBytes, sendGarbage } from './framing.ts'
import type {
  SlowAcceptBehaviour,
  SlowReaderBehaviour,
  TrickleBehaviour,
  TrickleHeadBehaviour,
} from './slow.ts'
import { readSlowly, trickle, trickleHead } from './slow.ts'

/** What an upstream does with a request. `kind` says what; the other fields belong to some kinds only. */
export type RequestBehaviour =
  | EchoBehaviour
  | AnswerBehaviour
  | EarlyReplyBehaviour
  | InformationalBehaviour
  | HugeHeadersBehaviour
  | CloseAfterAnswerBehaviour
  | ResetAtBehaviour
  | ResetInBodyBehaviour
  | StallInHeadBehaviour
  | StallBehaviour
  | WrongLengthBehaviour
  | HalfCloseBehaviour
  | BadChunkBehaviour
  | AmbiguousLengthBehaviour
  | BytesBehaviour
  | TrickleBehaviour
  | TrickleHeadBehaviour
  | SlowReaderBehaviour
  | CustomBehaviour

/** What an upstream does: with requests, or already with connections. */
export type UpstreamBehaviour = RequestBehaviour | SlowAcceptBehaviour

/**
 * What an upstream does from the next request on: always the same; a list, one for each request, whose last one stays; or
 * a function of the request, so that a test can mix them by path.
 */
export type UpstreamPlan =
  | UpstreamBehaviour
  | readonly RequestBehaviour[]
  | ((request: SeenRequest) => RequestBehaviour)

/** Needs nothing more than a kind. */
export interface EchoBehaviour {
  /**
   * `echo` (the default): 200 with a JSON description of the request. `reset-before-head`: a reset before any answer.
   * `silent`: takes the request and never answers. `garbage`: an answer that is not HTTP.
   */
  readonly kind: 'echo' | 'reset-before-head' | 'silent' | 'garbage'
}

/** Picks the behaviour for each request of a plan. */
export function followPlan(plan: UpstreamPlan): (request: SeenRequest) => RequestBehaviour {
  if (typeof plan === 'function') return plan
  if (isList(plan)) {
    let next = 0
    return () => plan[Math.min(next++, plan.length - 1)] ?? { kind: 'echo' }
  }
  // What a slow accept delays has happened when a request is there.
  return () => (plan.kind === 'slow-accept' ? (plan.next ?? { kind: 'echo' }) : plan)
}

function isList(plan: UpstreamPlan): plan is readonly RequestBehaviour[] {
  return Array.isArray(plan)
}

/** Behaves. */
export function act(behaviour: RequestBehaviour, call: Call): void {
  // Who answers early, or reads slowly, leaves the body on the wire: reading it here would hide what the gateway does.
  if (behaviour.kind !== 'early-reply' && behaviour.kind !== 'slow-reader') call.receive()
  const perform = ACTS[behaviour.kind] as (call: Call, behaviour: RequestBehaviour) => void
  perform(call, behaviour)
}

type Acts = {
  readonly [TKind in RequestBehaviour['kind']]: (
    call: Call,
    behaviour: Extract<RequestBehaviour, { kind: TKind }>,
  ) => void
}

const ACTS: Acts = {
  echo,
  answer,
  'early-reply': replyEarly,
  informational: sendInformational,
  'huge-headers': sendHugeHeaders,
  'close-after-answer': answerAndClose,
  silent: () => {},
  'reset-before-head': (call) => call.reset(),
  'reset-at': resetAt,
  'reset-in-body': resetInBody,
  'stall-in-head': stallInHead,
  'stall-in-body': stallInBody,
  'wrong-length': sendWrongLength,
  'half-close': halfClose,
  'bad-chunk': sendBadChunk,
  'ambiguous-length': sendAmbiguousLength,
  garbage: sendGarbage,
  bytes: sendBytes,
  trickle,
  'trickle-head': trickleHead,
  'slow-reader': readSlowly,
  custom: ({ request, response }, { handle }) => handle(request, response),
}
