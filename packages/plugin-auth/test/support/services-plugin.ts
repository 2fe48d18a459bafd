import { definePlugin, type Endpoint, type PluginInstance, type Route } from '@postern/core'

/** By path: a route's id, the name of its service, and the addresses of that, asked in turn. */
export type ServiceTable = Readonly<Record<string, readonly [id: string, service: string, ...urls: string[]]>>

/** Leads paths to named services, and repeats what failed on the next address: what a routing plugin does. */
export function services(table: ServiceTable): PluginInstance {
  return definePlugin({
    name: 'test-services',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(host) {
      const routes = new Map<string, Route>()
      const endpoints = new Map<string, readonly Endpoint[]>()
      for (const [path, [id, service, ...urls]] of Object.entries(table)) {
        routes.set(path, host.addRoute({ id, service }))
        endpoints.set(
          id,
          urls.map((url) => host.endpoint(url, { service })),
        )
      }
      host.hooks.pickRoute.tap(({ path }) => routes.get(path))
      host.hooks.onRoute.tap(({ route, hooks }) => {
        const own = endpoints.get(route.id)
        if (!own) return
        hooks.pickEndpoint.tap(({ attempt }) => own[(attempt?.number ?? 0) % own.length])
        hooks.pickRetry.tap(({ attempt }) => (attempt?.error && attempt.number < own.length ? 0 : undefined))
      })
    },
  })({})
}
