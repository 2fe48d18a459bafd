/** One request through the gateway of a configuration, up to the moment in which it would be sent. */
import { connect as connectPlain, isIPv6, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { definePlugin, type Exchange, type ListenOptions, type PluginInstance } from '@postern/core'
import type { LoadedConfig } from '../config/load.ts'
import { UsageError } from '../errors.ts'
import { type QuietGateway, quietGateway } from './quiet-gateway.ts'
import type { AskedRequest } from './request.ts'

/** The request that the upstream would get. */
export interface UpstreamRequest {
  readonly method: string
  /** URL of the endpoint that was picked. */
  readonly endpoint: string
  /** Its service; empty without one. */
  readonly service: string
  readonly httpVersion: string
  readonly path: string
  readonly query: string
  /** Flat. */
  readonly headers: readonly string[]
}

/** What became of the request. */
export interface Rehearsal {
  /** Id of the route that it took; `undefined` when it took none. */
  readonly route: string | undefined
  /** What would be sent; `undefined` when nothing would be. */
  readonly upstream: UpstreamRequest | undefined
  /** What the client would get in place of the upstream's answer; `undefined` when it is forwarded. */
  readonly answer:
    | { readonly status: number; readonly code: string | undefined; readonly message: string }
    | undefined
}

/** How long everything may take: endpoints by name have to be looked up. */
const TIMEOUT_MS = 10_000
/** The last that a request meets. */
const NAME = 'gw-rehearsal'
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
  const address = await quiet.gateway.listen(listenOptions(tls))
  const socket = await send(request, from, address.port, tls !== undefined)
  try {
    return look(quiet, await within(recorder.finished))
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

function recording(): { readonly plugin: PluginInstance; readonly finished: Promise<Rehearsal> } {
  const { promise, resolve } = Promise.withResolvers<Rehearsal>()
  let upstream: UpstreamRequest | undefined
  const plugin = definePlugin({
    name: NAME,
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(host) {
      host.hooks.onRoute.tap(({ hooks }) => {
        hooks.preSend.tap((exchange) => {
          upstream = upstreamOf(exchange)
          return { status: 204 }
        })
      })
      host.hooks.onFinish.tap((exchange) =>
        resolve({ route: exchange.route?.id, upstream, answer: upstream ? undefined : answerOf(exchange) }),
      )
    },
  })
  return { plugin: plugin(), finished: promise }
}

function upstreamOf(exchange: Exchange): UpstreamRequest {
  const { endpoint } = exchange
  return {
    method: exchange.method,
    endpoint: endpoint?.url ?? '',
    service: endpoint?.service ?? '',
    httpVersion: endpoint?.protocol === 'http2' ? '2' : '1.1',
    path: `${endpoint?.basePath ?? ''}${exchange.upstreamPath}`,
    query: exchange.upstreamQuery,
    headers: [
      ...(exchange.upstreamRequestHeaders.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'host')
        ? []
        : ['host', endpoint?.authority ?? '']),
      ...exchange.upstreamRequestHeaders,
    ],
  }
}

function answerOf({ status, error }: Exchange): NonNullable<Rehearsal['answer']> {
  return {
    status: status > 0 ? status : (error?.status ?? 0),
    code: error?.code,
    message: error?.message ?? '',
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
