import { defineErrors, definePlugin, GatewayError, getHeader } from '@postern/core'

defineErrors({
  GW_TEAM_MISSING: { status: 400, source: 'client', stage: 'hooks', retryable: false, text: 'Send x-team.' },
})

/** A guard: refuses requests that do not say which team they come from. */
export const team = definePlugin({
  name: 'postern-plugin-team',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap(({ requestHeaders }) =>
        getHeader(requestHeaders, 'x-team') ? undefined : new GatewayError('GW_TEAM_MISSING'),
      ),
    )
  },
})
