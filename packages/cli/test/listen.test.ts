import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer, request } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { TestAuthority } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../src/index.ts'
import { type Folder, folder } from './_support/folder.ts'
import { startGw } from './_support/gw.ts'
import { type Upstream, upstream } from './_support/upstream.ts'

const authority = new TestAuthority('Test CA')
const certificate = (name: string) => authority.issue({ name, names: ['DNS:localhost', 'DNS:api.example'] })

const hello = () => upstream((incoming, response) => response.end(`hello ${incoming.url}`))

/** A folder with a configuration that names its certificates. */
async function place(target: Upstream, more = ''): Promise<Folder> {
  const { cert, key } = certificate('first')
  const lines = [
    'listen:',
    '  port: 0',
    '  tls:',
    '    cert: { file: tls/cert.pem }',
    '    key: { file: tls/key.pem }',
  ]
  return folder({
    'tls/cert.pem': cert,
    'tls/key.pem': key,
    'tls/ca.pem': authority.cert,
    'gateway.yaml': `${lines.join('\n')}\n${more}upstream: ${target.url}\n`,
  })
}

/** Common name of the certificate that is shown. */
async function shown(url: string, servername = 'localhost'): Promise<string> {
  const { port } = new URL(url)
  const socket = connectTls({ host: '127.0.0.1', port: Number(port), ca: authority.cert, servername })
  await once(socket, 'secureConnect')
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

async function get(url: string): Promise<string> {
  const { port } = new URL(url)
  const sent = request({ host: '127.0.0.1', port, path: '/a', ca: authority.cert, servername: 'localhost' })
  const [response] = (await once(sent.end(), 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

describe('TLS', () => {
  it('takes certificates and keys from files beside the configuration', async () => {
    await using target = await hello()
    await using files = await place(target)
    await using gw = startGw(['start', '--config', join(files.path, 'gateway.yaml')], { cwd: '/' })
    const url = await gw.listening()
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await get(url)).toBe('hello /a')
    expect(await shown(url)).toBe('first')
  })

  it('takes a key from the environment, and one certificate for each name', async () => {
    await using target = await hello()
    const { cert, key } = authority.issue({ name: 'second', names: ['DNS:other.example'] })
    const more = '    certificates:\n      - { cert: { file: other.pem }, key: { env: OTHER_KEY } }\n'
    await using files = await place(target, more)
    await files.write('other.pem', cert)
    await using gw = startGw(['start'], { cwd: files.path, env: { OTHER_KEY: key } })
    const url = await gw.listening()
    expect(await shown(url)).toBe('first')
    expect(await shown(url, 'other.example')).toBe('second')
    expect(gw.stderr).not.toContain('PRIVATE')
  })

  it('a certificate that is renewed is seen without a signal', async () => {
    await using target = await hello()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    for (const name of ['second', 'third']) {
      const { cert, key } = certificate(name)
      await files.write('tls/key.pem', key)
      await files.write('tls/cert.pem', cert)
      await expect.poll(() => shown(url), { timeout: 5_000 }).toBe(name)
    }
  })

  it('a certificate that does not fit its key changes nothing, and is pointed at', async () => {
    await using target = await hello()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    await files.write('tls/cert.pem', certificate('alone').cert)
    await gw.says(/Not reloaded: still running the configuration of/)
    expect(gw.stderr).toMatch(/gateway\.yaml:4:11 {2}listen\.tls\.cert: .*mismatch/)
    expect(await shown(url)).toBe('first')
  })

  it('says what a reload cannot change', async () => {
    await using target = await hello()
    await using files = await place(target)
    await using gw = startGw(['start'], { cwd: files.path })
    const url = await gw.listening()
    const more = '    clientCertificates: require\n    ca: { file: tls/ca.pem }\n'
    await using changed = await place(target, more)
    await files.write('gateway.yaml', await read(changed, 'gateway.yaml'))
    await gw.says(/What changed in listen, other than certificates, is ignored until a restart/)
    expect(await get(url)).toBe('hello /a')
  })

  it('takes certificates for the upstream in the same way', async () => {
    const clients = new TestAuthority('Clients CA')
    const { cert, key } = clients.issue({ name: 'gateway' })
    const server = createServer(
      { ...certificate('upstream'), requestCert: true, ca: clients.cert },
      (incoming, response) => {
        const socket = incoming.socket as TLSSocket
        response.end(String(socket.getPeerCertificate().subject.CN))
      },
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as { port: number }
    const tls = '{ ca: { file: ca.pem }, cert: { file: cert.pem }, key: { file: key.pem } }'
    await using files = await folder({
      'ca.pem': authority.cert,
      'cert.pem': cert,
      'key.pem': key,
      'gateway.yaml': `listen: { port: 0 }\nupstream: { url: 'https://localhost:${port}', tls: ${tls} }\n`,
    })
    await using gw = startGw(['start'], { cwd: files.path })
    expect(await (await fetch(await gw.listening())).text()).toBe('gateway')
    server.closeAllConnections()
    server.close()
  })
})

describe('mistakes', () => {
  it('are pointed at, all at once', async () => {
    await using target = await hello()
    const { key } = certificate('inline')
    const more = `    certificates:
      - cert: { file: nowhere.pem }
        key: { env: NOT_THERE }
      - cert: { file: tls/ca.pem }
        key: ${JSON.stringify(key)}
    clientCertificate: require
  protocol: http1
`
    await using files = await place(target, more)
    const message = await refusal(files)
    for (const line of [
      'gateway.yaml:7:15  listen.tls.certificates[0].cert: The file nowhere.pem does not exist',
      'gateway.yaml:8:14  listen.tls.certificates[0].key: The environment variable NOT_THERE is not set',
      'gateway.yaml:10:14  listen.tls.certificates[1].key: A key does not stand in a configuration',
      'gateway.yaml:11:5  listen.tls.clientCertificate: Unknown key "clientCertificate": did you mean "clientCertificates"?',
      'gateway.yaml:12:3  listen.protocol: Unknown key "protocol": did you mean "protocols"?',
    ])
      expect(message).toContain(line)
    expect(message.match(/^gateway\.yaml:|gateway\.yaml:\d+:/gm)).toHaveLength(5)
    expect(message).not.toContain(key.split('\n')[1])
  })

  it.each([
    ['clientCertificates: require', /listen\.tls\.clientCertificates: clientCertificates needs ca/],
    [
      'certificates: [{ cert: { file: tls/cert.pem }, key: { file: other.pem } }]',
      /listen\.tls\.certificates\[0\]\.cert: .*mismatch/,
    ],
    ['ca: { file: gateway.yaml }', /listen\.tls\.cert: .*ca has no certificate/],
  ])('%s', async (line, expected) => {
    await using target = await hello()
    await using files = await place(target, `    ${line}\n`)
    await files.write('other.pem', certificate('other').key)
    expect(await refusal(files)).toMatch(expected)
  })
})

describe('a unix socket', () => {
  it('stands beside the configuration, with the rights that it says', async () => {
    await using target = await hello()
    await using files = await folder({
      'gateway.yaml': `listen: { socketPath: gw.sock, socketMode: 0o600 }\nupstream: ${target.url}\n`,
    })
    await using gw = startGw(['start', '--config', join(files.path, 'gateway.yaml')], { cwd: '/' })
    const path = await gw.listening()
    expect(path).toBe(join(files.path, 'gw.sock'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await ask(path)).toContain('hello /a')
    gw.child.kill('SIGTERM')
    await gw.finished
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  it('is given up for a port of the command line', async () => {
    await using target = await hello()
    await using files = await folder({
      'gateway.yaml': `listen: { socketPath: gw.sock, socketMode: 0o600 }\nupstream: ${target.url}\n`,
    })
    await using gw = startGw(['start', '--port', '0'], { cwd: files.path })
    expect(await (await fetch(`${await gw.listening()}/b`)).text()).toBe('hello /b')
  })
})

it('takes PROXY headers from a load balancer', async () => {
  await using target = await upstream((incoming, response) =>
    response.end(incoming.headers['x-forwarded-for']),
  )
  await using files = await folder({
    'gateway.yaml': `listen: { port: 0, proxyProtocol: { from: [127.0.0.1] } }\nupstream: ${target.url}\n`,
  })
  await using gw = startGw(['start'], { cwd: files.path })
  const { port } = new URL(await gw.listening())
  const answer = await ask(Number(port), 'PROXY TCP4 203.0.113.9 192.0.2.1 1234 443\r\n')
  expect(answer).toContain('203.0.113.9')
})

/** What the loader says, without a process of its own. */
async function refusal(files: Folder): Promise<string> {
  const loaded = await loadConfig(join(files.path, 'gateway.yaml')).catch((error: unknown) => error)
  expect(loaded).toBeInstanceOf(ConfigError)
  return (loaded as ConfigError).message
}

async function read(files: Folder, name: string): Promise<string> {
  return readFile(join(files.path, name), 'utf8')
}

/** Sends one request over a plain connection and reads what comes until its end. */
async function ask(where: string | number, before = ''): Promise<string> {
  const socket = typeof where === 'string' ? connect(where) : connect(where, '127.0.0.1')
  socket.write(`${before}GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return text
}
