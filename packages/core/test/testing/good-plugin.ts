/**
 * A guard that does everything that a bad plugin does badly: it waits, keeps a bounded cache, a timer, a listener and a port,
 * fills a slot, owns a header, and lets go of all of it.
 */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { definePlugin, defineSlot, getHeader, setHeader } from '../../src/index.ts'

const team = defineSlot<string, 'good-team'>('good-team', '1.0')
const MAX_CACHED = 100

/** Lets in who has the key, asks a slow backend once for each key, and tells the upstream which team it is. */
export const goodGuard = definePlugin({
  name: 'good-guard',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  provides: [team],
  options: v.strictObject({ key: v.optional(v.string(), 'open') }),
  ownsRequestHeaders: () => ['x-team'],
  setup({ hooks }, { key }) {
    const cache = new Map<string, string>()
    const timer = setInterval(() => cache.clear(), 30_000)
    const port = createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    const forget = (): void => cache.clear()
    process.on('SIGUSR2', forget)

    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap(async (exchange) => {
        const sent = getHeader(exchange.requestHeaders, 'x-key')
        if (sent !== key) return { status: 401 }
        const known = cache.get(sent)
        if (known === undefined) {
          await sleep(5, undefined, { signal: exchange.signal })
          if (cache.size < MAX_CACHED) cache.set(sent, 'checkout')
        }
        exchange.set(team, known ?? 'checkout')
        return undefined
      })
      route.hooks.mapUpstreamRequest.tap((exchange) =>
        setHeader(exchange.upstreamRequestHeaders, 'x-team', exchange.get(team) ?? ''),
      )
      route.hooks.onAttemptEnd.tap(() => {})
      route.hooks.pickRetry.tap(() => undefined)
      route.hooks.mapResponse.tap((exchange) => setHeader(exchange.responseHeaders, 'x-seen', 'yes'))
    })
    hooks.onFinish.tap(({ route }) => {
      if (route?.id === '') cache.clear()
    })
    return {
      ready: () => true,
      close() {
        clearInterval(timer)
        port.close()
        process.off('SIGUSR2', forget)
        cache.clear()
      },
    }
  },
})
