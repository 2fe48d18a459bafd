/** A gateway with a plugin of your own. `MODE=observe`, `shadow` or `enforce` shows the steps of a rollout. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions, type ModeSettings } from '@postern/core'
import { team } from './plugin.ts'

/** Starts a service and the gateway in front of it. */
export async function start(settings: ModeSettings = {}, options: GatewayOptions = {}) {
  const service = createServer((_request, response) => response.end('hello\n'))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const upstream = `http://127.0.0.1:${(service.address() as AddressInfo).port}`

  // No options, so the mode is the second argument. Every guard has all four modes without a line of code.
  const gateway = createGateway([team({}, settings)], { upstream, ...options })
  const { url } = await gateway.listen({ port: 0 })
  const close = async () => {
    await gateway.close()
    await new Promise((resolve) => service.close(resolve))
  }
  return { url, gateway, close }
}

if (process.argv[1] === import.meta.filename) {
  const mode = (['observe', 'shadow'] as const).find((one) => one === process.env['MODE']) ?? 'enforce'
  const { url } = await start({ mode })
  console.log(`curl -i ${url}/\ncurl -i ${url}/ -H 'x-team: checkout'`)
}
