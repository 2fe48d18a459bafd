import type { Attempt, Exchange } from '@postern/core'
import { type GrpcStatus, grpcNumbers } from '../options/grpc-status.ts'
import { grpcStatusOf } from './grpc-status-of.ts'

/** Answers of a proxy, or of a service that cannot serve now: another endpoint may do better. */
export const GATEWAY_ERRORS: readonly number[] = [502, 503, 504]

/** What options say of answers. */
interface FailedAnswersOptions {
  readonly statuses?: 'gateway-error' | '5xx' | undefined
  readonly grpcStatuses?: readonly GrpcStatus[] | undefined
}

/** Which answers are failures, as options name them. */
export class FailedAnswers {
  readonly #are5xx: boolean
  readonly #grpc: ReadonlySet<number>

  constructor({ statuses = 'gateway-error', grpcStatuses = [] }: FailedAnswersOptions) {
    this.#are5xx = statuses === '5xx'
    this.#grpc = grpcNumbers(grpcStatuses)
  }

  /** Whether gRPC's status counts, which most answers have at their end. */
  get readsGrpc(): boolean {
    return this.#grpc.size > 0
  }

  /** Whether the answer that an attempt got is a failure. Its trailers count once they came. */
  has(exchange: Exchange, attempt: Attempt): boolean {
    const { status } = attempt
    if (this.#are5xx ? status >= 500 : GATEWAY_ERRORS.includes(status)) return true
    return this.#grpc.size > 0 && status === 200 && this.#grpc.has(grpcStatusOf(exchange, attempt))
  }
}
