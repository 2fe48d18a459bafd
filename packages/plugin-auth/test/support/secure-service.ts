import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { TestAuthority } from '@postern/core/testing'

/** A real server on a free port, with a certificate of an authority that nobody else knows. */
export async function startSecureService(answer: RequestListener) {
  const authority = new TestAuthority('Private CA')
  const server = createServer(authority.issue({ name: 'service', names: ['IP:127.0.0.1'] }), answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.cert,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
