/** What an answer has to be. */
import { contentOf, hashOf } from '../shared/content.ts'
import type { Receipt } from '../shared/plan.ts'
import type { Answer } from './http-client.ts'
import { must, type Outcome } from './kind.ts'

/** The whole body of the case, and nothing of any other. */
export function expectContent(answer: Answer, id: string, bytes: number, status = 200): Outcome {
  must(answer.status === status, `expected ${status} and got ${tell(answer)}`)
  must(answer.complete, `expected ${bytes} bytes and the answer was cut: ${tell(answer)}`)
  must(answer.headers['x-case'] === id, `got the answer of another case: ${tell(answer)}`)
  must(answer.body.length === bytes, `expected ${bytes} bytes: ${tell(answer)}`)
  must(
    hashOf(answer.body) === hashOf(contentOf(id, bytes)),
    `the bytes are not those of ${id}: ${tell(answer)}`,
  )
  return 'right'
}

/** The upstream's receipt of exactly what was sent. */
export function expectReceipt(answer: Answer, id: string, method: string, sent: Uint8Array): Outcome {
  must(answer.status === 200 && answer.complete, `expected a receipt and got ${tell(answer)}`)
  const receipt = JSON.parse(answer.body.toString()) as Receipt
  must(receipt.id === id, `got the receipt of another case: ${tell(answer)}`)
  must(receipt.method === method, `the upstream got ${receipt.method} for ${method}`)
  must(receipt.bytes === sent.length, `the upstream got ${receipt.bytes} of ${sent.length} bytes`)
  must(receipt.sha256 === hashOf(sent), 'the upstream got other bytes than were sent')
  return 'right'
}

/** A problem answer of the gateway with one of these codes. */
export function expectProblem(answer: Answer, status: number, ...codes: readonly string[]): Outcome {
  const wanted = `${status} ${codes.join(' or ')}`
  must(answer.status === status && answer.complete, `expected ${wanted} and got ${tell(answer)}`)
  const isProblem = answer.headers['content-type'] === 'application/problem+json'
  must(isProblem, `expected a problem document and got ${tell(answer)}`)
  const { code } = JSON.parse(answer.body.toString()) as { code?: unknown }
  must(codes.includes(String(code)), `expected ${wanted} and got ${String(code)}`)
  return 'rightError'
}

/** A beginning of the case's body, and an end that no client takes for its end. */
export function expectCut(answer: Answer, id: string, bytes: number): Outcome {
  must(answer.status === 200, `expected 200 and a cut, and got ${tell(answer)}`)
  must(!answer.complete, `a cut answer was taken for complete: ${tell(answer)}`)
  must(answer.headers['x-case'] === id, `got the answer of another case: ${tell(answer)}`)
  const begun = contentOf(id, bytes).subarray(0, answer.body.length)
  must(begun.equals(answer.body), `what came before the cut is not of ${id}: ${tell(answer)}`)
  return 'rightError'
}

/** An answer in one line. */
export function tell(answer: Answer): string {
  const end = answer.complete ? 'complete' : `cut (${answer.error ?? 'no error'})`
  const text = answer.body
    .subarray(0, 160)
    .toString('latin1')
    .replace(/[^\x20-\x7e]/g, '.')
  return `${answer.status}, ${answer.body.length} bytes, ${end}: ${text}`
}
