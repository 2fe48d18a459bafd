/**
 * Rebuilds what happened from log lines: a request's path, who breaks traces, who calls whom. A gateway does not load it.
 *
 * @module @postern/plugin-trace/reconstruct
 */

// Sums over all exchanges.
export type {
  ContinuityOptions,
  ContinuityReport,
  ContinuityVerdict,
  ServiceContinuity,
} from './reconstruct/continuity.ts'
export { checkContinuity } from './reconstruct/continuity.ts'
// Search.
export type { ExchangeCriteria } from './reconstruct/criteria.ts'
export { eachExchange } from './reconstruct/each.ts'
export type { EdgeMap, EdgeOptions, TrafficEdge } from './reconstruct/edges.ts'
export { mapEdges } from './reconstruct/edges.ts'
export type { FindOptions, FoundTrace, FoundTraces } from './reconstruct/find.ts'
export { findTraces } from './reconstruct/find.ts'
export type { Loss } from './reconstruct/losses.ts'
export { calleeOf, callerOf } from './reconstruct/parties.ts'
// One request's path.
export type { ReconstructOptions, TraceTree } from './reconstruct/reconstruct.ts'
export { reconstruct } from './reconstruct/reconstruct.ts'
// What is read.
export type { ExchangeRecord, SpanKindName } from './reconstruct/record.ts'
export type { ScanOptions, ScanProgress, ScanReport } from './reconstruct/scan.ts'
export type { SkippedFile, TraceSource } from './reconstruct/sources.ts'
export type { TraceIdProblem } from './reconstruct/trace-id.ts'
export { TraceIdError } from './reconstruct/trace-id.ts'
export type { TraceNode, TraceStep } from './reconstruct/tree.ts'
export { walkTrace } from './reconstruct/tree.ts'
