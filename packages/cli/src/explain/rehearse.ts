/** One request through the gateway of a configuration, up to the moment in which it would be sent. */
import { connect as connectPlain, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ListenOptions } from '@postern/core'
import type { LoadedConfig } from '../config/load.ts'
import { UsageError } from '../errors.ts'
import { type QuietGateway, quietGateway } from './quiet-gateway.ts'
import { type Rehearsal, recording } from './recorder.ts'
import type { AskedRequest } from './request.ts'

/** How long everything may take: endpoints by name have to be looked up. */
const TIMEOUT_MS = 10_000
const LOOPBACK = '127.0.0.1'

/**
 * Sends it to a gateway of this process, from the address that is to be played, and stops it before it is sent on.
 *
 * @param from address of the client.
 * @param look called with the gateway while it is there.
 * @throws {ConfigError} where the configuration is refused.
 */
export async function rehearse<T>(
  config: LoadedConfig,
  request: AskedRequest,
  from: string,
  look: (gateway: QuietGateway, rehearsal: Rehearsal) => T,
): Promise<T> {
  const recorder = recording()
  await using quiet = quietGateway(config, [recorder.plugin])
  const { tls } = config.listen
  const finished = recorder.next()
  const address = await quiet.gateway.listen(listenOptions(tls))
  const socket = await send(request, from, address.port, tls !== undefined)
  try {
    return look(quiet, await within(finished))
  } finally {
    socket.destroy()
  }
}

/** The listener's certificates, since `X-Forwarded-Proto` tells of them; no client certificate, since there is none here. */
function listenOptions(tls: ListenOptions['tls']): ListenOptions {
  const { clientCertificates: _asked, ca: _ca, ...certificates } = tls ?? {}
  return {
    host: LOOPBACK,
    port: 0,
    proxyProtocol: { from: [LOOPBACK] },
    ...(tls ? { tls: certificates as NonNullable<ListenOptions['tls']> } : {}),
  }
}

async function send(
  { method, target, host, headers }: AskedRequest,
  from: string,
  port: number,
  isTls: boolean,
): Promise<Socket> {
  const socket = connectPlain(port, LOOPBACK)
  // The gateway may cut what it refuses.
  socket.on('error', () => {})
  const family = isIPv6(from) ? 'TCP6' : 'TCP4'
  socket.write(`PROXY ${family} ${from} ${isIPv6(from) ? '::1' : LOOPBACK} 1 ${port}\r\n`)
  const wire = isTls ? secured(socket, host) : socket
  const lines = [`${method} ${target} HTTP/1.1`, `Host: ${host}`]
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`)
  wire.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  return socket
}

function secured(socket: Socket, host: string): Socket {
  const name = host.replace(/:\d+$/, '')
  const isName = !/^[\d.]+$|:/.test(name)
  // It is this process at the other end.
  const wire = connectTls({ socket, rejectUnauthorized: false, ...(isName ? { servername: name } : {}) })
  wire.on('error', () => {})
  return wire
}

async function within(finished: Promise<Rehearsal>): Promise<Rehearsal> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(
      new UsageError(
        `The request was not decided within ${TIMEOUT_MS / 1_000} s: a plugin, or the look-up of an endpoint, is waited for.`,
      ),
    )
  }, TIMEOUT_MS)
  try {
    return await Promise.race([finished, promise])
  } finally {
    clearTimeout(timer)
  }
}
