/**
 * The author's kit: real gateways, real upstreams that misbehave on demand, and the checks that every plugin must pass.
 *
 * @module @postern/core/testing
 */

export { TestAuthority, type TestCertificate, type TestCertificateSubject } from './testing/certificates.ts'
export type { ConformanceCheck } from './testing/conformance/setup.ts'
export type { ConformanceOptions } from './testing/conformance.ts'
export { pluginConformance } from './testing/conformance.ts'
export type { LogLine, LogRecorder, TestGateway } from './testing/test-gateway.ts'
export { createLogRecorder, createTestGateway, until } from './testing/test-gateway.ts'
export type {
  AnswerBehaviour,
  CustomBehaviour,
  EarlyReplyBehaviour,
  EchoBehaviour,
  HugeHeadersBehaviour,
  ResetInBodyBehaviour,
  SeenRequest,
  StallBehaviour,
  TestUpstream,
  TrickleBehaviour,
  UpstreamBehaviour,
} from './testing/upstream.ts'
export { createUpstream } from './testing/upstream.ts'
