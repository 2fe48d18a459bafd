/** The gateway that is fuzzed, as a process. A guard in it reports what it saw. */
import { createGateway, definePlugin, type Gateway } from '@postern/core'
import { answerQuestions, reportEvent } from '../shared/answer-questions.ts'
import { MARK, type Sighting } from './sighting.ts'

let gateway: Gateway

const watcher = definePlugin({
  name: 'watcher',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    const bodies = new Map<string, Omit<Sighting, 'headers' | 'bodyBytes'>>()
    const sent = new Map<string, readonly string[]>()
    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap(({ id, method, path, query }) => {
        bodies.set(id, { id, method, target: path + query })
        return undefined
      })
      route.hooks.mapUpstreamRequest.tap(({ id, upstreamRequestHeaders }) => {
        upstreamRequestHeaders.push(MARK, id)
        sent.set(id, upstreamRequestHeaders.slice())
        // Before the request leaves: who receives it must find what was seen.
        report(id, -1)
      })
      route.hooks.onFinish.tap(({ id, requestBytes }) => {
        if (sent.has(id)) report(id, requestBytes)
        bodies.delete(id)
        sent.delete(id)
      })
      function report(id: string, bodyBytes: number): void {
        const seen = bodies.get(id)
        if (seen) reportEvent({ ...seen, headers: sent.get(id) ?? [], bodyBytes } satisfies Sighting)
      }
    })
  },
})

answerQuestions(
  {
    async listen(upstream: string): Promise<number> {
      gateway = createGateway([watcher()], {
        upstream,
        logger: false,
        via: 'postern',
        timeouts: { connectMs: 2_000, headersMs: 500, idleMs: 500 },
      })
      return (await gateway.listen({ port: 0 })).port
    },
    inFlight: () => gateway.stats().inFlight,
  },
  () => gateway.close({ graceMs: 0 }),
)
