/** `gw trace` over logs in several formats, as container runtimes keep them, with services of B3 in between. */
import { readFile, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { type TraceOptions, trace } from '@postern/plugin-trace'
import { expect, it } from 'vitest'
import { folder } from './_support/folder.ts'
import { runGw } from './_support/gw.ts'
import { type Upstream, upstream } from './_support/upstream.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const B3 = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled']

type Format = Exclude<TraceOptions['accessLog'], boolean | undefined>['format']

/** A gateway that reads and writes B3 as well, and logs to a file. */
function gatewayTo(destination: string, format: Format, target?: string) {
  const propagation = { in: ['w3c', 'b3'], out: ['b3-multi'] } as const
  const accessLog = { format, destination, name: 'gw' }
  const options = { logger: false, ...(target === undefined ? {} : { upstream: target }) } as const
  return createGateway([trace({ propagation, accessLog })], options)
}

function b3Of({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    B3.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])),
  )
}

/** A service that knows B3 and nothing else, and calls another one. */
function b3Service(target: string): Promise<Upstream> {
  return upstream((request, response) => {
    const answered = fetch(target, { headers: b3Of(request) }).then((answer) => answer.text())
    void answered.then((text) => response.end(text))
  })
}

/** A service behind a gateway in its callee seat. */
function calleeService(
  gateway: ReturnType<typeof createGateway>,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Upstream> {
  const enter = gateway.middleware()
  return upstream((request, response) => enter(request, response, () => handle(request, response)))
}

/** Puts around each line of a file what a runtime would have put there. */
async function wrap(file: string, around: (line: string) => string): Promise<void> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  await writeFile(file, `${lines.map(around).join('\n')}\n`)
}

it('rebuilds one trace through all seats, ECS, OpenTelemetry and our own names, and services of B3', async () => {
  await using place = await folder({ 'logs/empty.log': '' })
  const file = (name: string) => join(place.path, 'logs', `${name}.log`)
  const stock = gatewayTo(file('stock'), 'postern')
  await using stockService = await calleeService(stock, (_, response) => response.end('stock'))
  await using toStock = await b3Service(`${stockService.url}/stock`)
  const orders = gatewayTo(file('orders'), 'otel')
  const calls = gatewayTo(file('calls'), 'ecs')
  const dispatcher = calls.dispatcher()
  await using ordersService = await calleeService(orders, (request, response) => {
    const sent = fetch(`${toStock.url}/relay`, { headers: b3Of(request), dispatcher } as object)
    void sent.then((answer) => answer.text()).then((text) => response.end(`orders > ${text}`))
  })
  await using toOrders = await b3Service(`${ordersService.url}/orders`)
  const hop = gatewayTo(file('hop'), 'ecs', toOrders.url)
  const { url } = await hop.listen({ port: 0 })

  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }
  expect(await (await fetch(`${url}/buy`, { headers })).text()).toBe('orders > stock')
  for (const gateway of [hop, orders, calls, stock]) await gateway.close()
  await wrap(file('hop'), (line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: 'x' }))
  await wrap(file('orders'), (line) => `2026-11-24T09:00:00.123456789Z stdout F ${line}`)
  await wrap(file('calls'), (line) => `Nov 24 09:00:00 host gw[1]: ${line}`)
  await wrap(file('stock'), (line) => JSON.stringify({ MESSAGE: line, _PID: '1' }))

  const { code, stdout, stderr } = await runGw(['trace', TRACE, 'logs'], { cwd: place.path })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^trace 4bf92f3577b34da6a3ce929d0e0e4736 .*4 exchanges, 1 missing$/m)
  const rows = stdout.split('\n').filter((row) => row.includes('└─'))
  const told = rows.map((row) => /^( *└─ ).*?(?:\[(\w+)\])? +(GET \S+) +(\d+)/.exec(row)?.slice(1))
  expect(told).toEqual([
    ['└─ ', undefined, 'GET /buy', '200'],
    ['   └─ ', 'callee', 'GET /orders', '200'],
    ['      └─ ', 'caller', 'GET /relay', '200'],
    ['         └─ ', 'callee', 'GET /stock', '200'],
  ])
})
