/** A drill: one of three processes of a service is killed under load. */
import { createGateway, definePlugin, type Exchange } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { type RetryOptions, routing } from '../../src/index.ts'
import { clientThrough, type DrillSeat } from './_client.ts'
import { failed, Load } from './_load.ts'
import { startProcess } from './_process.ts'

/** Knows which exchanges run where. */
function watchInFlight(running: Map<Exchange, string>) {
  return definePlugin({
    name: 'watch',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: ({ hooks }) =>
      hooks.onRoute.tap(({ hooks: route }) => {
        route.mapUpstreamRequest.tap((exchange) => running.set(exchange, exchange.endpoint?.url ?? ''))
        route.onAttemptEnd.tap((exchange) => running.delete(exchange))
      }),
  })()
}

describe.each<DrillSeat>(['hop', 'caller', 'fetch'])('in the seat %s', (seat) => {
  it.each<[string, RetryOptions | undefined]>([
    ['at most what ran on the killed one', undefined],
    ['nothing, where reads are repeated', {}],
  ])('clients lose %s', { timeout: 120_000 }, async (_what, retry) => {
    await using a = await startProcess('a', 20)
    await using b = await startProcess('b', 20)
    await using c = await startProcess('c', 20)
    const running = new Map<Exchange, string>()
    const gateway = createGateway(
      [
        watchInFlight(running),
        routing({
          services: { orders: { endpoints: [a.url, b.url, c.url] } },
          routes: [{ match: {}, to: 'orders', retry }],
        }),
      ],
      { logger: false },
    )
    const load = new Load(await clientThrough(gateway, seat), 200)
    await load.after(200)

    // Whatever was on its way there until the process was gone may be lost; nothing after that.
    const inFlight = new Set<Exchange>()
    const note = (): void => {
      for (const [exchange, at] of running) if (at === b.url) inFlight.add(exchange)
    }
    const noting = setInterval(note, 1)
    note()
    b.kill()
    await b.gone
    clearInterval(noting)
    note()
    await load.after(300)
    const seen = await load.stop()
    await gateway.close()

    expect(failed(seen)).toBeLessThanOrEqual(retry ? 0 : inFlight.size)
    expect(seen.names.get('a')).toBeGreaterThan(0)
    expect(seen.names.get('c')).toBeGreaterThan(0)
  })
})
