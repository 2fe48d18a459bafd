import { request } from 'node:https'
import { createTestGateway, TestAuthority } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { auth, authCensus } from '../../src/index.ts'

it('the census names the subject of a verified certificate', async () => {
  const servers = new TestAuthority('Servers CA')
  const clients = new TestAuthority('Clients CA')
  const census = authCensus()
  await using test = await createTestGateway([auth({ census }, { mode: 'observe' })])
  const { port } = await test.gateway.listen({
    port: 0,
    tls: {
      ...servers.issue({ name: 'server', names: ['IP:127.0.0.1'] }),
      ca: clients.cert,
      clientCertificates: 'request',
    },
  })
  for (const identity of [clients.issue({ name: 'svc-orders' }), {}]) {
    await new Promise<void>((resolve, reject) => {
      request({ host: '127.0.0.1', port, ca: servers.cert, ...identity, agent: false }, (response) => {
        response.resume().on('end', resolve)
      })
        .on('error', reject)
        .end()
    })
  }
  await test.finished(2)
  expect(census.census().map(({ credentials }) => credentials)).toEqual([
    { kinds: ['mtls'], names: [], subject: 'CN=svc-orders' },
    { kinds: [], names: [] },
  ])
})
