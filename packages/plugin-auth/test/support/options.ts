import type { AuthOptions, JwtIssuerOptions } from '../../src/index.ts'
import type { TestIssuer } from './test-issuer.ts'

/** Options for one test issuer: key set by address, no worker threads, unless changed. */
export function optionsFor(
  issuer: TestIssuer,
  jwt: Partial<JwtIssuerOptions> = {},
  more: Partial<AuthOptions> = {},
): AuthOptions {
  return {
    jwt: [
      {
        issuer: issuer.url,
        audience: 'gateway',
        algorithms: ['ES256'],
        jwksUrl: `${issuer.url}/jwks`,
        ...jwt,
      },
    ],
    workers: { threads: 0 },
    ...more,
  }
}
