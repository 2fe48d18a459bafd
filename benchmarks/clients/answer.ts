import { bytesOf, type Scenario } from '../scenario.ts'

/** What must be equal whichever way an answer came. */
export interface Answer {
  /** The status of HTTP or of gRPC; 101 for a WebSocket message. */
  readonly status: number
  readonly contentType: string | undefined
  readonly contentLength: string | undefined
  readonly body: Buffer
}

/** The answer that the scenario describes; the upstream itself is held to it first. */
export function describedAnswer(scenario: Scenario): Answer {
  const plain = { contentType: undefined, contentLength: undefined }
  if (scenario.wire === 'grpc') return { ...plain, status: 0, body: Buffer.from(scenario.reply) }
  if (scenario.wire === 'websocket') return { ...plain, status: 101, body: Buffer.from(scenario.message) }
  const { status, headers, body } = scenario.response
  const bytes = bytesOf(body)
  return { status, contentType: headers['content-type'], contentLength: String(bytes.length), body: bytes }
}

/** The part that differs with both values, or nothing. */
export function differenceOf(answer: Answer, expected: Answer): string | undefined {
  for (const part of ['status', 'contentType', 'contentLength'] as const) {
    if (answer[part] !== expected[part]) return `${part} is ${answer[part]}, not ${expected[part]}`
  }
  if (answer.body.equals(expected.body)) return undefined
  return `the body of ${answer.body.length} bytes is not the expected one of ${expected.body.length} bytes`
}
