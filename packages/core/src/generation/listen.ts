import type { ListenerSettings } from '../listen/listener.ts'
import { Certificates } from '../listen/tls.ts'
import { type ListenOptions, listenOptionsSchema } from '../listen-options.ts'
import { trustList } from './settings.ts'
import { validate } from './validate.ts'

/** What a listener is made of, and where it listens. */
export interface ResolvedListen {
  readonly options: ListenOptions
  readonly settings: ListenerSettings
}

/**
 * Checks the options of a listener, except whether certificates can be used.
 * @throws {GatewayError} GW_OPTIONS_INVALID.
 */
export function resolveListen(given: ListenOptions): ResolvedListen {
  const options = validate(listenOptionsSchema, given, { code: 'GW_OPTIONS_INVALID', what: 'listen options' })
  const { name = '', protocols = ['http1', 'http2'], tls, proxyProtocol } = options
  const balancers = proxyProtocol ? trustList(proxyProtocol.from, 'proxyProtocol.from') : null
  const [http1, http2] = [protocols.includes('http1'), protocols.includes('http2')]
  return { options, settings: { name, http1, http2, tls, balancers } }
}

/**
 * Checks what `gateway.listen` would check before it listens, certificates included: for tools that look at a configuration.
 * @throws {GatewayError} GW_OPTIONS_INVALID, naming the option, and with the option's path in `issues`.
 */
export function checkListenOptions(options: ListenOptions): void {
  const { settings } = resolveListen(options)
  if (settings.tls) new Certificates(settings.tls)
}
