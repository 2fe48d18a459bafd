import type { RoutePluginInfo } from '../gateway-types.ts'
import { RouteHookSet } from '../hooks/points.ts'
import type { JourneyRoute } from '../journey.ts'
import { SAFE_METHODS } from '../methods.ts'
import type { ResolvedLimits, ResolvedTimeouts } from '../options.ts'
import type { RouteDefinition } from '../plugin-host.ts'
import type { Endpoint } from '../route.ts'

/** A route with its hooks and everything else resolved; immutable once its generation stands. */
export class CompiledRoute implements JourneyRoute {
  readonly id: string
  readonly service: string
  readonly timeouts: ResolvedTimeouts
  readonly limits: ResolvedLimits
  /** Where it leads when no plugin picks. */
  readonly endpoint: Endpoint | null
  readonly hooks = new RouteHookSet()
  /** Headers, lower case, that plugins of this route own: copies from clients never reach an upstream. */
  readonly ownedHeaders: string[] = []
  /** How each plugin runs here, in the order of their taps; filled when the route is compiled. */
  plugins: readonly RoutePluginInfo[] = []
  /** How much of a request body is kept for another attempt, in bytes. */
  readonly retainBodyBytes: number
  /** When another attempt starts beside one without a head, in milliseconds; 0 for never. */
  readonly hedgeAfterMs: number
  /** Methods that may be sent again once something was sent. */
  readonly repeatMethods: ReadonlySet<string>
  /** Whether answers whose head has a gRPC error may make room for another attempt. */
  readonly repeatsGrpcErrors: boolean

  constructor(definition: RouteDefinition, timeouts: ResolvedTimeouts, limits: ResolvedLimits) {
    this.id = definition.id
    this.service = definition.service ?? ''
    this.timeouts = timeouts
    this.limits = limits
    this.endpoint = definition.endpoint ?? null
    this.retainBodyBytes = definition.retainBodyBytes ?? 0
    this.hedgeAfterMs = definition.hedgeAfterMs ?? 0
    this.repeatMethods = definition.repeatMethods ? new Set(definition.repeatMethods) : SAFE_METHODS
    this.repeatsGrpcErrors = definition.repeatGrpcErrors ?? false
  }
}
