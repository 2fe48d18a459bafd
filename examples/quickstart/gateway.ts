/** The gateway of the quickstart: three plugins of Postern and one of the example. */
import { createGateway, type Gateway } from '@postern/core'
import { auth } from '@postern/plugin-auth'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { pathView } from './path-view.ts'
import { SERVICES } from './services.ts'
import { terminalLogger } from './terminal-log.ts'

/** Makes it. `endpoints` has the address of each service by its name. */
export function createQuickstartGateway(issuer: string, endpoints: ReadonlyMap<string, string>): Gateway {
  return createGateway(
    [
      trace(),
      auth({
        jwt: [{ issuer, audience: 'quickstart', algorithms: ['ES256'], jwksUrl: `${issuer}/jwks` }],
        identityHeaders: { subject: 'x-caller' },
      }),
      routing({
        services: Object.fromEntries(
          SERVICES.map(({ name, owner }) => [name, { owner, endpoints: [endpoints.get(name) ?? ''] }]),
        ),
        routes: SERVICES.map(({ name, scope }) => ({
          id: name,
          match: { path: `/${name}` },
          to: name,
          stripPrefix: true,
          plugins: { auth: { scopes: [scope] } },
        })),
      }),
      pathView(),
    ],
    { logger: process.env['LOG'] === 'json' ? undefined : terminalLogger() },
  )
}
