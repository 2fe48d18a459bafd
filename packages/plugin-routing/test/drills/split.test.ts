/** A drill: calls without a hop, split between two services, while a process of one of them is killed. */
import { createGateway } from '@postern/core'
import { expect, it } from 'vitest'
import { routing } from '../../src/index.ts'
import { clientThrough, type DrillSeat } from './_client.ts'
import { failed, Load } from './_load.ts'
import { startProcess } from './_process.ts'

it.each<DrillSeat>(['caller', 'fetch'])(
  'in the seat %s, a split keeps its shares when one of its services loses a process',
  {
    timeout: 120_000,
  },
  async (seat) => {
    await using old1 = await startProcess('old', 5)
    await using old2 = await startProcess('old', 5)
    await using fresh = await startProcess('fresh', 5)
    const split = [
      { to: 'old', weight: 3 },
      { to: 'fresh', weight: 1 },
    ]
    const gateway = createGateway(
      [
        routing({
          services: { old: { endpoints: [old1.url, old2.url] }, fresh: { endpoints: [fresh.url] } },
          routes: [{ match: { host: 'orders' }, to: { split }, retry: {} }],
        }),
      ],
      { logger: false },
    )
    const load = new Load(await clientThrough(gateway, seat), 200)
    await load.after(200)
    old2.kill()
    await old2.gone
    await load.after(600)
    const seen = await load.stop()
    await gateway.close()

    expect(failed(seen)).toBe(0)
    // Of at least 800 calls, 0.08 is more than five standard deviations.
    expect(Math.abs((seen.names.get('fresh') ?? 0) / seen.sent - 0.25)).toBeLessThan(0.08)
  },
)
