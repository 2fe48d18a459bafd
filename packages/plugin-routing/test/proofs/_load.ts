/** Callers that do not stop while a service is renamed, moved or split. */
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGateway, definePlugin, type PluginInstance } from '@postern/core'
import { type InProcessLedger, type RoutingOptions, routing } from '../../src/index.ts'

/** Header by which the callers of these proofs say who they are. */
const CALLER = 'x-caller'

/** Callers, each of which asks about 70 times a second. */
export const CALLERS = ['billing', 'checkout', 'search'] as const

/** A guard that believes what a caller says of itself. */
const believe = definePlugin({
  name: 'believe',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup({ hooks }) {
    hooks.onRoute.tap((route) =>
      route.hooks.preForward.tap((exchange) => {
        const at = exchange.requestHeaders.indexOf(CALLER)
        exchange.caller = exchange.requestHeaders[at + 1] ?? ''
      }),
    )
  },
})

/** Plugins of a gateway with these options. */
function pluginsOf(options: RoutingOptions): PluginInstance[] {
  return [believe(), routing(options)]
}

/** What a caller asks for. */
export interface Call {
  /** As callers wrote it years ago. */
  readonly url: string
  /** Every answer that is right, before and after the change. */
  readonly right: readonly string[]
}

/** What became of all calls. */
export interface Outcome {
  readonly sent: number
  /** Calls that failed, or got an answer other than 200. */
  readonly failed: readonly string[]
  /** Answers from a place where the call did not belong. */
  readonly astray: readonly string[]
  /** Answers that are not the first of `right`: those that the changed options gave. */
  readonly changed: number
}

/**
 * Lets callers call, and changes the gateway's options under them, there and back and there again.
 * @param before, after the options; the last change leads to `after`.
 */
export async function changeUnderLoad(
  before: RoutingOptions,
  after: RoutingOptions,
  calls: readonly Call[],
): Promise<Outcome> {
  const gateway = createGateway(pluginsOf(before), { logger: false })
  const { port } = await gateway.listen({ port: 0, host: '127.0.0.1' })
  const failed: string[] = []
  const astray: string[] = []
  let [sent, changed, isOver] = [0, 0, false]

  const askBySeat = async (target: string, caller: string): Promise<string> => {
    const init = { headers: { [CALLER]: caller }, dispatcher: gateway.dispatcher() }
    const answer = await fetch(target, init as object)
    return `${answer.status} ${await answer.text()}`
  }
  const askByHop = (target: string, caller: string): Promise<string> => {
    const { host, pathname } = new URL(target)
    const options = { host: '127.0.0.1', port, path: pathname, headers: { host, [CALLER]: caller } }
    return new Promise((resolve, reject) => {
      request(options, (response) => {
        text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject)
      })
        .on('error', reject)
        .end()
    })
  }
  const ask = async (caller: string, call: Call): Promise<void> => {
    sent++
    try {
      // Every other call takes a hop, the rest go through the caller seat.
      const body = await (sent % 2 === 0 ? askBySeat(call.url, caller) : askByHop(call.url, caller))
      if (!body.startsWith('200 ')) failed.push(`${call.url}: ${body}`)
      else if (!call.right.includes(body.slice(4))) astray.push(`${call.url}: ${body}`)
      else if (body.slice(4) !== call.right[0]) changed++
    } catch (error) {
      failed.push(`${call.url}: ${String(error)}`)
    }
  }
  const callers = CALLERS.map(async (caller) => {
    const running: Promise<void>[] = []
    for (let i = 0; !isOver; i++) {
      running.push(ask(caller, calls[i % calls.length] as Call))
      await sleep(14)
    }
    await Promise.all(running)
  })
  for (const options of [after, before, after]) {
    await sleep(700)
    await gateway.reload(pluginsOf(options), { logger: false })
  }
  await sleep(700)
  isOver = true
  await Promise.all(callers)
  await gateway.close()
  return { sent, failed, astray, changed }
}

/** Who used an old name, sorted. */
export function usersOf(ledger: InProcessLedger, name: string): string[] {
  return [...new Set(ledger.uses({ name }).map(({ caller }) => caller))].sort()
}
