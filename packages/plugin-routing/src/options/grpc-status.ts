import * as v from 'valibot'

/**
 * Names and numbers of gRPC's statuses, but for OK, which is no failure.
 * @see https://grpc.io/docs/guides/status-codes/
 */
const NUMBERS = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

type GrpcStatusName = keyof typeof NUMBERS

/** A status of gRPC that is no success: its name, such as `UNAVAILABLE`, or its number, 1 to 16. */
export type GrpcStatus = GrpcStatusName | number

/** Schema of a list of `GrpcStatus`. */
export const grpcStatusesSchema: v.GenericSchema<readonly GrpcStatus[]> = v.pipe(
  v.array(
    v.union(
      [
        v.picklist(Object.keys(NUMBERS) as GrpcStatusName[]),
        v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(16)),
      ],
      'Expected a status of gRPC such as "UNAVAILABLE", or its number from 1 to 16',
    ),
  ),
  v.minLength(1, 'Expected at least one status'),
)

/** The numbers of a list. */
export function grpcNumbers(given: readonly GrpcStatus[]): ReadonlySet<number> {
  return new Set(given.map((status) => (typeof status === 'number' ? status : NUMBERS[status])))
}
