import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { adminClient, neededPage, workersIn } from '../../src/admin/client.ts'
import { type AdminOptions, findAdmin } from '../../src/admin/place.ts'
import { folder } from '../_support/folder.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

async function serve(listener: RequestListener, at: number | string = 0): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  server.listen(typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1' })
  await once(server, 'listening')
  return typeof at === 'string' ? at : `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const json =
  (status: number, data: unknown, seen: (request: IncomingMessage) => void = () => {}): RequestListener =>
  (request, response) => {
    seen(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
  }

const clientOf = async (options: AdminOptions) => adminClient(await findAdmin(options))

describe('the client of the admin listener', () => {
  test('asks with a query, and gives the data', async () => {
    const asked: string[] = []
    const url = await serve(json(200, [{ id: 'orders' }], ({ url }) => void asked.push(String(url))))
    const client = await clientOf({ admin: url })
    expect(await client.data('targets', new URLSearchParams({ route: 'a b' }))).toEqual([{ id: 'orders' }])
    expect(asked).toEqual(['/targets?route=a+b'])
  })

  test('finds the listener in the configuration, and sends the token that it names without printing it', async () => {
    const tokens: (string | undefined)[] = []
    const url = await serve(json(200, {}, ({ headers }) => void tokens.push(headers.authorization)))
    const port = new URL(url).port
    await using place = await folder({
      'gateway.yaml': `admin: { port: ${port}, host: 0.0.0.0, token: { file: token } }\nplugins: [{ use: not-installed }]\n`,
      token: 'wonder-bird\n',
    })
    const client = await clientOf({ config: join(place.path, 'gateway.yaml') })
    await client.data('routes')
    expect(client.place.name).toBe(url)
    expect(tokens).toEqual(['Bearer wonder-bird'])
  })

  test('asks on a unix socket, named by the configuration or on the command line', async () => {
    await using place = await folder({ 'gateway.yaml': 'admin: { socketPath: admin.sock }\n' })
    const path = await serve(json(200, { ready: true }), join(place.path, 'admin.sock'))
    for (const options of [
      { config: join(place.path, 'gateway.yaml') },
      { admin: path },
      { admin: `unix:${path}` },
    ])
      expect(await (await clientOf(options)).data('readyz')).toEqual({ ready: true })
  })

  test.each(['127.0.0.1:PORT', 'PORT', 'http://127.0.0.1:PORT/'])('takes the place as %s', async (form) => {
    const url = await serve(json(200, 1))
    const client = await clientOf({ admin: form.replace('PORT', new URL(url).port) })
    expect(await client.data('generation')).toBe(1)
  })

  test('says what to add where the configuration has no admin listener', async () => {
    await using place = await folder({ 'gateway.yaml': 'upstream: http://127.0.0.1:1\n' })
    await expect(findAdmin({ config: join(place.path, 'gateway.yaml') })).rejects.toThrow(
      /has no admin listener to ask\. Add "admin: \{ port: 9901 \}" to it/,
    )
    await place.write('free.yaml', 'admin: { port: 0 }\n')
    await expect(findAdmin({ config: join(place.path, 'free.yaml') })).rejects.toThrow(
      /0 takes a free one.*--admin/,
    )
    await expect(findAdmin({ admin: 'ftp://x' })).rejects.toThrow(/ftp:\/\/x is no admin listener/)
  })

  test('says that no gateway listens there', async () => {
    const url = await serve(json(200, 1))
    servers.splice(0).map((server) => server.close())
    await expect((await clientOf({ admin: url })).data('routes')).rejects.toThrow(
      `No gateway listens at ${url}. Is it running`,
    )
    await expect((await clientOf({ admin: '/nowhere/admin.sock' })).data('routes')).rejects.toThrow(
      'No gateway listens at /nowhere/admin.sock',
    )
  })

  test('gives nothing for a page that is not there, or says where it would come from', async () => {
    const client = await clientOf({ admin: await serve(json(404, { title: 'Not found' })) })
    expect(await client.data('census')).toBeUndefined()
    await expect(neededPage(client, 'census', '@postern/plugin-auth')).rejects.toThrow(
      /has no page \/census: it comes from @postern\/plugin-auth/,
    )
  })

  test('reads the reasons of a gateway that is not ready, and repeats the words of a refusal without the query', async () => {
    const unready = { ready: false, reasons: ['The keys of https://idp cannot be had'] }
    expect(await (await clientOf({ admin: await serve(json(503, unready)) })).data('readyz')).toEqual(unready)
    const refusing = await clientOf({ admin: await serve(json(400, { detail: 'since is no time' })) })
    await expect(refusing.data('names', new URLSearchParams({ since: 'secret' }))).rejects.toThrow(
      /^http:\S+ refuses \/names with 400: since is no time$/,
    )
  })

  test('tells another server from an admin listener', async () => {
    const page = await serve((_request, response) => void response.end('<html>'))
    await expect((await clientOf({ admin: page })).data('routes')).rejects.toThrow(
      /something that is not JSON/,
    )
    const cut = await serve((request) => void request.socket.end('hello\n'))
    await expect((await clientOf({ admin: cut })).data('routes')).rejects.toThrow(
      /does not speak HTTP as an admin listener does/,
    )
  })

  test('takes what several workers say apart', () => {
    expect(workersIn({ workers: [{ worker: 2, data: 'b' }] })).toEqual([{ worker: 2, data: 'b' }])
    expect(workersIn(['a'])).toEqual([{ worker: undefined, data: ['a'] }])
  })
})
