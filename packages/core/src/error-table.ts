/**
 * Every code that core can answer or throw. `docs/errors.md` is held equal to this table by a test.
 *
 * The status follows the source: a client fault is 4xx, an upstream fault 502/503/504 and never 500, a plugin or
 * gateway fault 500/503. Codes below `GW_CLIENT_` are never delivered: nobody is left to read them.
 */

/** Who is at fault. */
export type ErrorSource = 'client' | 'gateway' | 'plugin' | 'upstream'

/** Where on its way through the gateway the exchange was. `start` means before any exchange existed. */
export type ErrorStage = 'start' | 'listen' | 'match' | 'hooks' | 'upstream' | 'respond'

/** One row of an error table: what a code means to the client and to the operator. */
export interface ErrorRow {
  /** HTTP status that the client gets. 0 where the error never meets a client (start-up). */
  readonly status: number
  /** Who is at fault. */
  readonly source: ErrorSource
  /** Where it happens. */
  readonly stage: ErrorStage
  /** Whether the same request may succeed when it is sent again later. */
  readonly retryable: boolean
  /** Text that is safe to show to any client: no names, values or causes. */
  readonly text: string
}

const row = (
  status: number,
  source: ErrorSource,
  stage: ErrorStage,
  text: string,
  retryable = false,
): ErrorRow => Object.freeze({ status, source, stage, retryable, text })

/** The table of core's own codes. Plugins add theirs with `defineErrors`. */
export const ERRORS = Object.freeze({
  GW_REQ_MALFORMED: row(400, 'client', 'listen', 'The request is not valid HTTP.'),
  GW_REQ_HOST_INVALID: row(
    400,
    'client',
    'listen',
    'The Host header is missing, repeated or not a valid host.',
  ),
  GW_REQ_TARGET_INVALID: row(
    400,
    'client',
    'match',
    'The request path can be read in more than one way and is refused.',
  ),
  GW_REQ_BODY_ABORTED: row(400, 'client', 'upstream', 'The request body ended before it was complete.'),
  GW_REQ_METHOD_REFUSED: row(405, 'client', 'listen', 'This method is not forwarded.'),
  GW_REQ_TIMEOUT: row(408, 'client', 'listen', 'The request headers did not arrive in time.', true),
  GW_REQ_BODY_TIMEOUT: row(408, 'client', 'upstream', 'The request body stopped arriving.', true),
  GW_REQ_BODY_TOO_LARGE: row(
    413,
    'client',
    'upstream',
    'The request body is larger than this route accepts.',
  ),
  GW_REQ_TARGET_TOO_LONG: row(
    414,
    'client',
    'listen',
    'The request target is longer than the gateway accepts.',
  ),
  GW_REQ_EXPECT_UNKNOWN: row(
    417,
    'client',
    'listen',
    'The Expect header asks for something other than 100-continue.',
  ),
  GW_REQ_HEADERS_TOO_LARGE: row(
    431,
    'client',
    'listen',
    'The request headers are larger than the gateway accepts.',
  ),
  GW_REQ_LOOP: row(508, 'client', 'listen', 'The request already passed through this gateway.'),
  GW_CLIENT_ABORTED: row(499, 'client', 'respond', 'The client went away.'),
  GW_CLIENT_STALLED: row(499, 'client', 'respond', 'The client stopped reading the response.'),

  GW_ROUTE_NOT_FOUND: row(404, 'client', 'match', 'No route matches this request.'),

  GW_GATEWAY_CLOSING: row(503, 'gateway', 'listen', 'The gateway is shutting down.', true),
  GW_GATEWAY_INTERNAL: row(500, 'gateway', 'respond', 'The gateway failed.'),
  GW_HOST_BODY_READ: row(
    500,
    'gateway',
    'listen',
    'The host read the request body before the gateway could forward it.',
  ),

  GW_PLUGIN_THREW: row(500, 'plugin', 'hooks', 'A plugin of the gateway failed.'),
  GW_PLUGIN_TIMEOUT: row(500, 'plugin', 'hooks', 'A plugin of the gateway did not answer in time.', true),
  GW_GUARD_THREW: row(
    503,
    'plugin',
    'hooks',
    'A guard of the gateway failed; the request was refused.',
    true,
  ),
  GW_GUARD_TIMEOUT: row(
    503,
    'plugin',
    'hooks',
    'A guard of the gateway did not answer in time; the request was refused.',
    true,
  ),

  GW_UPSTREAM_NO_ENDPOINT: row(503, 'upstream', 'upstream', 'No endpoint of the service is available.', true),
  GW_UPSTREAM_BUSY: row(
    503,
    'upstream',
    'upstream',
    'The service is at its limit of concurrent requests.',
    true,
  ),
  GW_UPSTREAM_OUTPACED: row(503, 'gateway', 'upstream', 'Another attempt was answered first.'),
  GW_UPSTREAM_CONNECT_REFUSED: row(502, 'upstream', 'upstream', 'The service refused the connection.', true),
  GW_UPSTREAM_DNS: row(
    502,
    'upstream',
    'upstream',
    'The address of the service could not be resolved.',
    true,
  ),
  GW_UPSTREAM_TLS: row(
    502,
    'upstream',
    'upstream',
    'The TLS connection to the service could not be verified.',
  ),
  GW_UPSTREAM_RESET: row(
    502,
    'upstream',
    'upstream',
    'The service closed the connection before it answered.',
    true,
  ),
  GW_UPSTREAM_BAD_RESPONSE: row(502, 'upstream', 'upstream', 'The answer of the service is not valid HTTP.'),
  GW_UPSTREAM_HEADERS_TOO_LARGE: row(
    502,
    'upstream',
    'upstream',
    'The response headers of the service are larger than the gateway accepts.',
  ),
  GW_UPSTREAM_BODY_CUT: row(
    502,
    'upstream',
    'respond',
    'The response body ended before it was complete.',
    true,
  ),
  GW_UPSTREAM_CONNECT_TIMEOUT: row(
    504,
    'upstream',
    'upstream',
    'The service did not accept the connection in time.',
    true,
  ),
  GW_UPSTREAM_ATTEMPT_TIMEOUT: row(
    504,
    'upstream',
    'upstream',
    'The service did not answer within the time of one attempt.',
    true,
  ),
  GW_UPSTREAM_HEADERS_TIMEOUT: row(504, 'upstream', 'upstream', 'The service did not answer in time.', true),
  GW_UPSTREAM_IDLE_TIMEOUT: row(
    504,
    'upstream',
    'respond',
    'The service stopped in the middle of the exchange.',
    true,
  ),
  GW_UPSTREAM_TOTAL_TIMEOUT: row(
    504,
    'upstream',
    'upstream',
    'The exchange took longer than its route allows.',
    true,
  ),

  GW_OPTIONS_INVALID: row(0, 'gateway', 'start', 'An option of the gateway is not valid.'),
  GW_LISTEN_FAILED: row(0, 'gateway', 'start', 'The gateway cannot listen on the address.'),
  GW_PLUGIN_UNKNOWN: row(0, 'gateway', 'start', 'A plugin that is named is not part of the gateway.'),
  GW_PLUGIN_DUPLICATE: row(0, 'gateway', 'start', 'Two plugins have the same name.'),
  GW_PLUGIN_INVALID: row(0, 'plugin', 'start', 'A plugin definition is not valid.'),
  GW_PLUGIN_API_MISMATCH: row(
    0,
    'plugin',
    'start',
    'A plugin was built for another version of the hook API.',
  ),
  GW_PLUGIN_OPTIONS_INVALID: row(0, 'gateway', 'start', 'An option of a plugin is not valid.'),
  GW_PLUGIN_SETUP_FAILED: row(0, 'plugin', 'start', 'A plugin failed while it was set up.'),
  GW_PLUGIN_TAPPED_LATE: row(0, 'plugin', 'start', 'A plugin tapped a hook after set-up.'),
  GW_SLOT_UNPROVIDED: row(0, 'plugin', 'start', 'A plugin requires a slot that no plugin provides.'),
  GW_SLOT_CONFLICT: row(0, 'plugin', 'start', 'Two plugins disagree about a slot.'),
  GW_SLOT_CYCLE: row(0, 'plugin', 'start', 'Plugins require each other in a circle.'),
}) satisfies Readonly<Record<string, ErrorRow>>

/** Every code in core's table. */
export type CoreErrorCode = keyof typeof ERRORS
