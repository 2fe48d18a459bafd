/** A drill: the DNS server of a service is stopped under load, and started again with other records. */
import { createGateway } from '@postern/core'
import { createLogRecorder, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { routing } from '../../src/index.ts'
import { isDnsmasqInstalled, startDnsmasq } from '../_support/dnsmasq.ts'
import { clientThrough, type DrillSeat } from './_client.ts'
import { failed, Load } from './_load.ts'
import { startProcess } from './_process.ts'

describe.skipIf(!isDnsmasqInstalled())('while the DNS server is down', () => {
  it.each<DrillSeat>(['hop', 'caller'])(
    'no request fails in the seat %s, and new records count once it is back',
    {
      timeout: 120_000,
    },
    async (seat) => {
      await using before = await startProcess('before', 5)
      await using after = await startProcess('after', 5, before.port, '127.0.0.2')
      await using dns = await startDnsmasq()
      await dns.setHosts('127.0.0.1 orders.test')
      // Every record is stale after a moment: the outage lasts for many of them.
      const times = { minTtlMs: 10, maxTtlMs: 20, timeoutMs: 100 }
      const discovery = { dns: { name: 'orders.test', port: after.port, server: dns.server, ...times } }
      const { logger, lines } = createLogRecorder()
      const gateway = createGateway(
        [routing({ services: { orders: { discovery } }, routes: [{ match: {}, to: 'orders' }] })],
        // The first request waits for the first answer, on a busy machine for long.
        { logger, timeouts: { connectMs: 60_000, pluginMs: 60_000 } },
      )
      await (await gateway.fetch('http://orders/')).text()
      const load = new Load(await clientThrough(gateway, seat), 200)
      await load.after(60)

      await dns.stop()
      await load.after(200)
      expect(lines.map(({ message }) => message)).toContainEqual(
        expect.stringContaining('those known last stay'),
      )
      expect([...load.seen.names.keys()]).toEqual(['before'])

      await dns.setHosts('127.0.0.2 orders.test')
      await dns.start()
      await until(() => load.seen.names.has('after'), 'the new record to be used')
      await load.after(100)
      const seen = await load.stop()
      const answers = await Promise.all(
        [1, 2, 3, 4].map(async () => (await gateway.fetch('http://orders/')).text()),
      )
      await gateway.close()

      expect(failed(seen)).toBe(0)
      // What was on its way may have been answered by the old one, and nothing after it.
      expect(answers).toEqual(Array(4).fill('after'))
    },
  )
})
