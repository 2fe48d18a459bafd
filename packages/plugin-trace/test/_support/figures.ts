import {
  definePlugin,
  GatewayError,
  type Metric,
  type MetricAttributes,
  type PluginInstance,
} from '@postern/core'

/** Values of a metric's points, or counts of a histogram's, by one of their attributes. */
export function byAttribute(
  metrics: readonly Metric[],
  name: string,
  attribute: string,
): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { attributes, value } of valuesOf(metrics, name)) {
    const key = attributes[attribute] ?? ''
    found[key] = (found[key] ?? 0) + value
  }
  return found
}

/** Values of a metric's points, or how many observations a histogram's have. */
export function valuesOf(
  metrics: readonly Metric[],
  name: string,
): { readonly attributes: MetricAttributes; readonly value: number }[] {
  const metric = metrics.find((one) => one.name === name)
  if (metric === undefined) return []
  if (metric.kind !== 'histogram') return [...metric.points]
  return metric.points.map(({ attributes, counts }) => ({
    attributes,
    value: counts.reduce((sum, count) => sum + count, 0),
  }))
}

/** A route for each first segment of a path, named as it is, and a service of that name at the address. */
export function routesTo(url: string, ids: readonly string[]): PluginInstance {
  return definePlugin({
    name: 'postern-plugin-test-routes',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup({ hooks, addRoute, endpoint }) {
      const routes = new Map(
        ids.map((id, index) => [
          `/${index}`,
          addRoute({ id, service: id, endpoint: endpoint(url, { service: id }) }),
        ]),
      )
      hooks.pickRoute.tap(({ path }) => routes.get(path))
    },
  })()
}

/** A guard that refuses all requests, or in `shadow` would. */
export const refuseAll = definePlugin({
  name: 'refuse-all',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) => route.hooks.preForward.tap(() => new GatewayError('GW_REQ_METHOD_REFUSED')))
  },
})
