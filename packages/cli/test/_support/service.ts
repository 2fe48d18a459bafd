/**
 * A service of its own process, with a gateway in its callee seat and one in its caller seat, that logs to standard output as
 * a gateway does. Started by tests: `service.ts NAME [URL that it calls]`. Says its own URL as its first line on standard error.
 */
import { createServer } from 'node:http'
import { hostname } from 'node:os'
import { createGateway, type Logger } from '@postern/core'
import { trace } from '@postern/plugin-trace'

const [name = '', calls] = process.argv.slice(2)

const logger = (bound: object): Logger => ({
  debug() {},
  info: (fields, msg) =>
    console.log(
      JSON.stringify({
        level: 30,
        time: Date.now(),
        pid: process.pid,
        hostname: hostname(),
        name,
        ...bound,
        ...fields,
        msg,
      }),
    ),
  warn: (_, message) => console.error(message),
  error: (_, message) => console.error(message),
  child: (fields) => logger({ ...bound, ...fields }),
})

const callee = createGateway([trace()], { logger: logger({}) })
const caller = createGateway([trace()], { logger: logger({}) })
const dispatcher = caller.dispatcher()
const enter = callee.middleware()

const server = createServer((request, response) => {
  enter(
    request,
    response,
    () => void answer(String(request.headers['traceparent'])).then((text) => response.end(text)),
  )
})

/** Hands the trace on, unless its name says that it drops it. */
async function answer(traceparent: string): Promise<string> {
  if (calls === undefined) return name
  const headers: Record<string, string> = name === 'dropper' ? {} : { traceparent }
  const answered = await fetch(calls, { headers, dispatcher } as object)
  return `${name} > ${await answered.text()}`
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  console.error(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
  void Promise.all([callee.close({ graceMs: 100 }), caller.close({ graceMs: 100 })]).then(() =>
    process.exit(0),
  )
})
