/** Who gets in: routes on which nobody is asked, and headers that nobody takes out. */
import type { AuditContext, AuditedPlugin, AuditedRoute } from '../context.ts'
import { record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

const AUTH = '@postern/plugin-auth'

/** What a route says of a plugin, as an object: `shadow` is short for `{ mode: shadow }`. */
function settingsOn(context: AuditContext, route: AuditedRoute, { shortName }: AuditedPlugin) {
  const fromRoute = record(route.options['plugins'])[shortName]
  const fromGateway = record(record(context.data['route'])['plugins'])[shortName]
  const given = route.path[0] === 'upstream' ? fromGateway : fromRoute
  return typeof given === 'string' ? { mode: given } : record(given)
}

function placeOn(route: AuditedRoute, plugin: AuditedPlugin, key: string): readonly PropertyKey[] {
  return [...route.pluginsPath, plugin.shortName, key]
}

const noGuard: AuditRule = {
  id: 'no-guard',
  severity: 'advice',
  title: 'Nothing finds out who calls',
  why: 'Whoever reaches the gateway reaches every service behind it, under the name of the gateway.',
  fix: 'Add a guard such as @postern/plugin-auth, in mode observe first: docs/adopting-auth.md shows the steps.',
  *check({ plugins, routes }) {
    if (routes.length > 0 && !plugins.some(({ fault }) => fault === 'guard'))
      yield { path: ['plugins'], at: 'key', message: 'No plugin is a guard' }
  },
}

const publicRoute: AuditRule = {
  id: 'public-route',
  severity: 'warning',
  title: 'A route lets callers pass without credentials',
  why: 'What stands behind the route has to be safe for everybody in the network, today and after each change of the service.',
  fix: 'Take out access: public or anonymous: true; where it is meant (a health path, a public file), accept it with its reason.',
  *check(context): Iterable<Finding> {
    const auth = context.plugin(AUTH)
    if (!auth) return
    for (const route of context.routes) {
      const settings = settingsOn(context, route, auth)
      const key = settings['access'] === 'public' ? 'access' : 'anonymous'
      if (settings['access'] !== 'public' && settings['anonymous'] !== true) continue
      const words = key === 'access' ? 'asks nobody who it is' : 'lets callers without credentials pass'
      yield {
        path: placeOn(route, auth, key),
        at: 'key',
        subject: route.id,
        message: `Route ${JSON.stringify(route.id)} ${words}`,
      }
    }
  },
}

const guardOff: AuditRule = {
  id: 'guard-off',
  severity: 'warning',
  title: 'A guard is off on a route',
  why: 'The rest of the gateway is guarded, so nobody expects that this route is not.',
  fix: 'Take out the mode of the route; while callers are not ready yet, use shadow, which records who would be refused.',
  *check({ plugins, routes }): Iterable<Finding> {
    for (const plugin of plugins.filter(({ fault }) => fault === 'guard')) {
      const own = plugin.settings['mode'] ?? 'enforce'
      for (const route of routes) {
        const mode = route.plugins.find(({ name }) => name === plugin.name)?.mode
        const isWeaker = (mode === 'off' || mode === 'observe') && mode !== own && own !== 'off'
        if (!isWeaker) continue
        yield {
          path: [...route.pluginsPath, plugin.shortName],
          at: 'key',
          subject: route.id,
          message: `${plugin.name} is in mode ${mode} on route ${JSON.stringify(route.id)}`,
        }
      }
    }
  },
}

const identityHeadersOpen: AuditRule = {
  id: 'identity-headers-open',
  severity: 'error',
  title: 'Clients can forge an identity header',
  why: 'Services believe this header. Where the plugin is off, nobody takes out what a client sends under its name.',
  fix: 'Use mode observe or access: public on the route in place of off: both take out the copies of clients.',
  *check(context): Iterable<Finding> {
    const auth = context.plugin(AUTH)
    const headers = Object.values(record(auth?.options['identityHeaders'])).filter(
      (one) => typeof one === 'string',
    )
    if (!auth || headers.length === 0) return
    for (const route of context.routes) {
      const settings = route.plugins.find(({ name }) => name === auth.name)
      if (settings?.mode !== 'off' || Object.keys(settings.except).length > 0) continue
      yield {
        path: [...route.pluginsPath, auth.shortName],
        at: 'key',
        subject: route.id,
        message: `${headers.join(', ')} of clients goes on to the service on route ${JSON.stringify(route.id)}`,
      }
    }
  },
}

/** The rules of this file. */
export const accessRules: readonly AuditRule[] = [noGuard, publicRoute, guardOff, identityHeadersOpen]
