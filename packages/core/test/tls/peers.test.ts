/** Certificates both ways with peers that are not Node: nginx on either side, openssl as a client. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestGateway } from '../../src/testing.ts'
import { startNginx } from '../listen/nginx.ts'
import { isInstalled, temporaryFolder } from '../support.ts'
import { clientAuthority, secureGateway, serverAuthority, serverCertificate } from './secure.ts'

const known = clientAuthority.issue({ name: 'nginx', names: ['URI:spiffe://example.org/nginx'] })

describe.skipIf(!isInstalled('nginx'))('nginx', () => {
  test('in front shows its certificate, and verifies the gateway', async () => {
    await using gateway = await secureGateway({ clientCertificates: 'require', ca: clientAuthority.cert })
    const location = (name: string): string => `
      proxy_pass https://127.0.0.1:${gateway.port};
      proxy_ssl_server_name on; proxy_ssl_name ${name}; proxy_ssl_verify on; proxy_ssl_trusted_certificate ca.pem;
      proxy_ssl_certificate cert.pem; proxy_ssl_certificate_key key.pem; proxy_http_version 1.1;`
    const body = `location / { ${location('localhost')} } location /other { ${location('other.example')} }`
    const files = { 'ca.pem': serverAuthority.cert, 'cert.pem': known.cert, 'key.pem': known.key }
    await using nginx = await startNginx(body, { files })
    const url = `http://127.0.0.1:${nginx.port}`
    expect((await fetch(`${url}/a`)).status).toBe(200)
    expect((await fetch(`${url}/other`)).status).toBe(502)
    expect(gateway.test.exchanges).toHaveLength(1)
    expect(gateway.test.exchanges[0]?.clientCertificate?.subject).toBe('CN=nginx')
  })

  describe.each(['http1', 'http2'] as const)('behind, over %s,', (protocol) => {
    const server = serverCertificate()
    const files = { 'ca.pem': clientAuthority.cert, 'cert.pem': server.cert, 'key.pem': server.key }
    const body = `ssl_certificate cert.pem; ssl_certificate_key key.pem; ssl_verify_client on;
      ssl_client_certificate ca.pem; return 200 "$ssl_client_s_dn $server_protocol $ssl_server_name";`

    test('sees the certificate of the gateway, and the name that it asks for', async () => {
      await using nginx = await startNginx(body, { flags: 'ssl http2', files })
      const url = `https://localhost:${nginx.port}`
      const tls = { ca: serverAuthority.cert, ...clientAuthority.issue({ name: 'gateway' }) }
      await using gateway = await createTestGateway([], { upstream: { url, protocol, tls } })
      const version = protocol === 'http1' ? 'HTTP/1.1' : 'HTTP/2.0'
      for (let i = 0; i < 3; i++)
        expect(await (await gateway.fetch('/')).text()).toBe(`CN=gateway ${version} localhost`)
    })

    test('answers for itself when there is none', async () => {
      await using nginx = await startNginx(body, { flags: 'ssl http2', files })
      const url = `https://localhost:${nginx.port}`
      await using gateway = await createTestGateway([], {
        upstream: { url, protocol, tls: { ca: serverAuthority.cert } },
      })
      const response = await gateway.fetch('/')
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('No required SSL certificate was sent')
    })
  })
})

test.skipIf(!isInstalled('openssl')).each([
  ['localhost', 'h2,http/1.1', 'h2', 'CN = default'],
  ['api.example.com', 'http/1.1', 'http/1.1', 'CN = api'],
])('openssl s_client asks for %s with %s', async (servername, offered, chosen, subject) => {
  const certificates = [serverCertificate({ name: 'api', names: ['DNS:api.example.com'] })]
  await using gateway = await secureGateway({ ...serverCertificate({ name: 'default' }), certificates })
  await using folder = await temporaryFolder()
  const ca = join(folder.path, 'ca.pem')
  await writeFile(ca, serverAuthority.cert)
  const where = ['-connect', `127.0.0.1:${gateway.port}`, '-servername', servername, '-alpn', offered]
  const client = spawn('openssl', ['s_client', ...where, '-CAfile', ca, '-verify_hostname', servername])
  let output = ''
  client.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  client.stdin.end('Q\n')
  await once(client, 'close')
  expect(output).toContain(`ALPN protocol: ${chosen}`)
  expect(output).toMatch(new RegExp(`subject=.*${subject}`))
  expect(output).toContain('Verify return code: 0 (ok)')
})
