/** The caller seat: trace and routing inside the process that makes the call. No gateway process, no extra hop. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions } from '@postern/core'
import { routing } from '@postern/plugin-routing'
import { trace } from '@postern/plugin-trace'
import { fetch } from 'undici'

/** Starts a service, and gives a function that calls it by its logical name. */
export async function start(options: GatewayOptions = {}) {
  const service = createServer((request, response) => {
    response.end(JSON.stringify({ path: request.url, traceparent: request.headers['traceparent'] }))
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))

  const gateway = createGateway(
    [
      trace(),
      routing({
        services: { orders: { endpoints: [`http://127.0.0.1:${(service.address() as AddressInfo).port}`] } },
        routes: [{ id: 'orders', match: { host: 'orders' }, to: 'orders' }],
      }),
    ],
    options,
  )
  const dispatcher = gateway.dispatcher()
  const close = async () => {
    await gateway.close()
    await new Promise((resolve) => service.close(resolve))
  }
  // `http://orders` is no address: the routing plugin knows where it leads.
  return { call: (path: string) => fetch(`http://orders${path}`, { dispatcher }), close }
}

if (process.argv[1] === import.meta.filename) {
  const { call, close } = await start()
  const response = await call('/7')
  console.log(response.status, response.headers.get('x-trace-id'), await response.text())
  await close()
}
