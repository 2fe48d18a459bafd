import { definePlugin, type RoutePlugins } from '@postern/core'

/** Routes by path, each with settings of plugins; the path without its slash is the route's id. */
export const byPath = definePlugin<Readonly<Record<string, RoutePlugins>>>({
  name: 'test-by-path',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup(host, paths) {
    const routes = new Map(
      Object.entries(paths).map(([path, plugins]) => [path, host.addRoute({ id: path.slice(1), plugins })]),
    )
    host.hooks.pickRoute.tap(({ path }) => routes.get(path))
  },
})
