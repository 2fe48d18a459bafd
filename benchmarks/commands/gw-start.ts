import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import manifest from '@postern/cli/package.json' with { type: 'json' }
import type { Starter, StartScenario } from './scenario.ts'

const BARE = { listen: { port: 0 }, upstream: 'http://127.0.0.1:9' }
const FULL = {
  listen: { port: 0 },
  plugins: [
    { use: '@postern/plugin-trace' },
    {
      use: '@postern/plugin-auth',
      options: {
        jwt: [
          {
            issuer: 'https://idp.internal',
            audience: 'gateway',
            algorithms: ['ES256'],
            jwksFile: 'jwks.json',
          },
        ],
      },
    },
    {
      use: '@postern/plugin-routing',
      options: {
        services: { orders: { endpoints: ['http://127.0.0.1:9'] } },
        routes: [{ match: { path: '/orders' }, to: 'orders' }],
      },
    },
  ],
}
/** Of RFC 7517, appendix A.1. */
const JWKS = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
      kid: '1',
    },
  ],
}

/** From starting a process to the moment that it listens: `gw start` beside a Node that does nothing. */
export const gwStart: StartScenario = {
  name: 'gw-start',
  description: 'gw start until it says that it listens, beside node -e 0 until it ends',
  async prepare(folder): Promise<readonly Starter[]> {
    const place = join(folder, 'gw-start')
    await mkdir(place)
    // Plugins are found from the folder of the configuration.
    await symlink(
      fileURLToPath(new URL('../../node_modules', import.meta.url)),
      join(place, 'node_modules'),
      'junction',
    )
    await writeFile(join(place, 'jwks.json'), JSON.stringify(JWKS))
    const file = async (name: string, config: object): Promise<string> => {
      const path = join(place, `${name}.json`)
      await writeFile(path, JSON.stringify(config))
      return path
    }
    const [bare, full] = [await file('bare', BARE), await file('full', FULL)]
    const cache = { XDG_CACHE_HOME: place }
    const fresh = { NODE_DISABLE_COMPILE_CACHE: '1' }
    const gw = (
      name: string,
      config: string,
      env: Starter['env'],
      more: readonly string[] = [],
    ): Starter => ({
      name,
      args: [builtGw(), 'start', '--config', config, '--no-watch', ...more],
      says: 'listening on',
      env,
    })
    return [
      { name: 'node', args: ['-e', '0'], says: undefined, env: {} },
      gw('gw-start', bare, cache),
      gw('gw-start-first', bare, fresh),
      gw('gw-start-plugins', full, cache),
      gw('gw-start-plugins-first', full, fresh),
      gw('gw-start-workers', full, cache, ['--workers', '2']),
    ]
  },
}

/** `gw` as users get it. */
function builtGw(): string {
  return fileURLToPath(new URL(manifest.bin.gw, import.meta.resolve('@postern/cli/package.json')))
}
