/**
 * The author's kit: real gateways, real upstreams that misbehave on demand, and the checks that every plugin must pass.
 *
 * @module @postern/core/testing
 */

export { TestAuthority, type TestCertificate, type TestCertificateSubject } from './testing/certificates.ts'
export type {
  ConformanceArea,
  ConformanceCheck,
  ConformanceContext,
  ConformanceOptions,
} from './testing/conformance/setup.ts'
export { pluginConformance } from './testing/conformance.ts'
export type { LogLine, LogRecorder, TestGateway } from './testing/test-gateway.ts'
export { createLogRecorder, createTestGateway, until } from './testing/test-gateway.ts'
export type {
  AnswerBehaviour,
  CloseAfterAnswerBehaviour,
  CustomBehaviour,
  EarlyReplyBehaviour,
  HugeHeadersBehaviour,
  InformationalBehaviour,
} from './testing/upstream/answers.ts'
export type {
  EchoBehaviour,
  RequestBehaviour,
  UpstreamBehaviour,
  UpstreamPlan,
} from './testing/upstream/behaviour.ts'
export type { SeenRequest } from './testing/upstream/call.ts'
export type {
  HalfCloseBehaviour,
  ResetAtBehaviour,
  ResetInBodyBehaviour,
  StallBehaviour,
  StallInHeadBehaviour,
  WrongLengthBehaviour,
} from './testing/upstream/cuts.ts'
export type {
  AmbiguousLengthBehaviour,
  BadChunkBehaviour,
  BytesBehaviour,
} from './testing/upstream/framing.ts'
export type { TestUpstream, UpstreamOptions } from './testing/upstream/server.ts'
export { createUpstream } from './testing/upstream/server.ts'
export type {
  SlowAcceptBehaviour,
  SlowReaderBehaviour,
  TrickleBehaviour,
  TrickleHeadBehaviour,
} from './testing/upstream/slow.ts'
