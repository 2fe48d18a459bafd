import { join } from 'node:path'
import { trace as traceApi } from '@opentelemetry/api'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { createGateway } from '@postern/core'
import { type TraceOptions, trace } from '@postern/plugin-trace'
import { HOST } from '../scenarios.ts'
import type { ServerParams } from './messages.ts'
import { posternUpstream } from './postern-upstream.ts'
import type { Running } from './serve.ts'

/** Nothing but the trace context goes on. */
export const PROPAGATION: TraceOptions = { accessLog: false, metrics: false, recent: false }

/** The same, and the access log, to a file of its own. */
export function withLog({ folder }: ServerParams, name: string): TraceOptions {
  return { ...PROPAGATION, accessLog: { destination: join(folder, `${name}.log`) } }
}

/** A gateway with plugin-trace and nothing else. */
export async function traceGateway(params: ServerParams, options: TraceOptions): Promise<Running> {
  const gateway = createGateway([trace(options)], { upstream: posternUpstream(params), logger: false })
  const { port } = await gateway.listen({ host: HOST, port: 0 })
  return { url: `http://${HOST}:${port}`, close: () => gateway.close({ graceMs: 1000 }) }
}

/** Registers an SDK that samples this share of new traces, and throws its spans away in batches. */
export function registerSdk(ratio: number): void {
  const exporter = {
    export: (_spans: ReadableSpan[], done: (result: { code: number }) => void) => done({ code: 0 }),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
  traceApi.setGlobalTracerProvider(
    new TracerProvider({
      sampler: new TraceIdRatioBasedSampler(ratio),
      spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 100_000 })],
    }),
  )
}
