/** plugin-trace as a middleware of an Express app: the callee seat. No extra hop, no other process. */
import type { AddressInfo } from 'node:net'
import { createGateway, type GatewayOptions } from '@postern/core'
import { trace } from '@postern/plugin-trace'
import express from 'express'

/** Starts the app. */
export async function start(options: GatewayOptions = {}) {
  const gateway = createGateway([trace()], options)
  const app = express()
  app.use(gateway.middleware())
  app.get('/orders/:id', (request, response) => {
    // What the handler sends on with its own calls, so that they belong to the same trace.
    response.json({ id: request.params.id, traceparent: request.headers['traceparent'] })
  })

  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    await new Promise((resolve) => server.close(resolve))
    await gateway.close()
  }
  return { url, close }
}

if (process.argv[1] === import.meta.filename) {
  const { url } = await start()
  console.log(`curl -i ${url}/orders/7`)
}
