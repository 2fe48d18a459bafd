/** One of the three services: `node service.ts <name> <next>`. It knows the gateway, never another service's address. */
import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { sendJson, serve } from './child.ts'

const [name = 'service', next = ''] = process.argv.slice(2)

/** The gateway's address; the parent sends it when the gateway listens. */
const gateway = new Promise<string>((resolve) => {
  process.on('message', (message) => resolve((message as { readonly gateway: string }).gateway))
})

await serve(async (request, response) => {
  // `?ms=3000` answers later: to see a request finish after Ctrl-C.
  const { searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
  await sleep(Math.min(Number(searchParams.get('ms')) || 0, 10_000))
  if (next === '') return sendJson(response, 200, { service: name, path: request.url, inStock: 12 })
  const answer = await fetch(`${await gateway}${next}`, { headers: passedOn(request.headers) })
  const body: unknown = await answer.json()
  sendJson(response, answer.status, { service: name, path: request.url, next: body })
})

/** The whole part of a service in tracing and auth: it hands on two headers. */
function passedOn({ traceparent, authorization }: IncomingHttpHeaders): Record<string, string> {
  return {
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(authorization !== undefined && { authorization }),
  }
}
