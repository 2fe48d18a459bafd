import { defineErrors, type ErrorRow } from '@postern/core'

/** Every code of this plugin's own. */
export type RoutingErrorCode = 'GW_UPSTREAM_CIRCUIT_OPEN'

/** The table of plugin-routing's codes. */
export const ROUTING_ERRORS: Readonly<Record<RoutingErrorCode, ErrorRow>> = defineErrors({
  GW_UPSTREAM_CIRCUIT_OPEN: {
    status: 503,
    source: 'upstream',
    stage: 'upstream',
    retryable: true,
    text: 'The service failed too often and is given a pause.',
  },
})
