import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { type AuthOptions, type AuthRouteOptions, auth } from '../../src/index.ts'
import { optionsFor } from './options.ts'
import type { TestIssuer } from './test-issuer.ts'

/** A real gateway whose one route has these options. */
export function routeGateway(
  issuers: readonly TestIssuer[],
  route: AuthRouteOptions,
  more: Partial<AuthOptions> = {},
): Promise<TestGateway> {
  const jwt = issuers.flatMap((issuer) => optionsFor(issuer).jwt ?? [])
  return createTestGateway([auth({ jwt, workers: { threads: 0 }, ...more })], {
    route: { plugins: { auth: { ...route } } },
  })
}

/** Status and code of the answer to a request with a token. */
export async function ask(
  test: TestGateway,
  token?: string,
): Promise<{
  readonly status: number
  readonly code: string | undefined
  readonly challenge: string | null
}> {
  const response = await test.fetch(
    '/orders',
    token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
  )
  const code =
    response.status === 200 ? undefined : ((await response.json()) as { readonly code: string }).code
  return { status: response.status, code, challenge: response.headers.get('www-authenticate') }
}
