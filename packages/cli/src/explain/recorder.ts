/** A plugin behind all others that notes what would be sent, and lets nothing be sent. */
import { definePlugin, type Exchange, type PluginInstance } from '@postern/core'

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

/** Notes one request after the other. */
export interface Recorder {
  readonly plugin: PluginInstance
  /** What becomes of the request that comes next. */
  next(): Promise<Rehearsal>
}

/** Makes one. Its answer in `preSend`, the last hook before an attempt, stands for the upstream's. */
export function recording(): Recorder {
  let { promise, resolve } = Promise.withResolvers<Rehearsal>()
  let upstream: UpstreamRequest | undefined
  const plugin = definePlugin({
    name: 'gw-rehearsal',
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
  return {
    plugin: plugin(),
    next() {
      upstream = undefined
      ;({ promise, resolve } = Promise.withResolvers<Rehearsal>())
      return promise
    },
  }
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
