/** Which kinds of requests there were, by access logs: what is asked of two configurations in place of traffic. */
import type { ExchangeRecord, ScanOptions, TraceSource } from '@postern/plugin-trace/reconstruct'
import type { Library } from '../trace/library.ts'

/** Requests that are alike to a gateway. */
export interface Shape {
  readonly method: string
  /** Path with what looks like an id replaced: `/orders/{id}`. */
  readonly pattern: string
  /** A path that came. */
  readonly path: string
  /** Id of the route that it took; empty for none. */
  readonly route: string
  /** Id of the principal; empty for callers that proved nothing. */
  readonly caller: string
  /** `service` or `user`; empty for callers that proved nothing. */
  readonly callerKind: string
  /** Scheme by which the caller proved who it is; empty for none. */
  readonly auth: string
  /** How many requests. */
  readonly requests: number
}

/** What logs hold. */
export interface FoundShapes {
  /** The most frequent first. */
  readonly shapes: readonly Shape[]
  /** Requests without a path (it is not logged), or of kinds for which there was no room. */
  readonly leftOut: number
  readonly report: Awaited<ReturnType<Library['eachExchange']>>
}

/** As many kinds are told apart. */
const MAX_SHAPES = 20_000

/** Numbers, UUIDs, and long words with digits. */
const ID = /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{12,}|(?=.*\d)[\w.~-]{16,})$/i

/** Reads them. */
export async function readShapes(
  library: Library,
  sources: readonly TraceSource[],
  scanning: ScanOptions,
): Promise<FoundShapes> {
  const shapes = new Map<string, Shape & { requests: number }>()
  let leftOut = 0
  const report = await library.eachExchange(
    sources,
    (record) => {
      if (record.origin !== 'log') return
      const shape = shapeOf(record)
      const key = shape && keyOf(shape)
      const known = key === undefined ? undefined : shapes.get(key)
      if (known) known.requests++
      else if (shape && key !== undefined && shapes.size < MAX_SHAPES)
        shapes.set(key, { ...shape, requests: 1 })
      else leftOut++
    },
    scanning,
  )
  return { shapes: [...shapes.values()].toSorted((a, b) => b.requests - a.requests), leftOut, report }
}

/** The path with what looks like an id replaced. */
function patternOf(path: string): string {
  return path
    .split('/')
    .map((segment) => (ID.test(segment) ? '{id}' : segment))
    .join('/')
}

function shapeOf(record: ExchangeRecord): Omit<Shape, 'requests'> | undefined {
  const { method, path, route = '', auth = '', caller = '', callerKind = '' } = record
  if (method === undefined || path === undefined || !path.startsWith('/')) return undefined
  const proved = auth !== ''
  return {
    method,
    path,
    pattern: patternOf(path),
    route,
    auth,
    caller: proved ? caller : '',
    callerKind: proved ? callerKind : '',
  }
}

/** Users are many and alike; services are few and each has rights of its own. */
function keyOf({ method, pattern, route, caller, callerKind, auth }: Omit<Shape, 'requests'>): string {
  return [method, pattern, route, callerKind === 'user' ? '' : caller, callerKind, auth].join('\n')
}
