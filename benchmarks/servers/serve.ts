import type { Server } from 'node:http'
import type { Server as NetServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Scenario } from '../scenario.ts'
import { HOST, IDLE_CONNECTION_MS, scenarioNamed } from '../scenarios.ts'
import { unwatchLoop, watchLoop } from './loop-delay.ts'
import type { Command, Ready, Report, ServerParams } from './messages.ts'

/** A server that runs, and how to end it. */
export interface Running extends Omit<Ready, 'type'> {
  readonly close: () => unknown
}

/**
 * The life of a process that the harness started: starts the server, reports its address, answers commands, and ends when
 * it is told to or when the harness is gone.
 */
export async function serve(
  start: (params: ServerParams) => Promise<Running>,
  onCommand?: (command: Command) => void,
): Promise<void> {
  // Ctrl-C reaches the whole group; the harness decides who stops when.
  process.on('SIGINT', () => {})
  const leave = () => process.exit()
  process.on('disconnect', leave)
  const { close, ...ready } = await start(JSON.parse(process.argv[2] ?? '{}') as ServerParams)
  let stopping = false
  const stop = async () => {
    if (stopping) return
    stopping = true
    await close()
    leave()
  }
  process.on('message', (command: Command) => {
    if (command.type === 'stop') void stop()
    else if (command.type === 'usage') report({ type: 'usage', usage: ownUsage() })
    else if (command.type === 'watchLoop') watchLoop()
    else if (command.type === 'unwatchLoop') report({ type: 'loop', delayP99Ms: unwatchLoop() })
    else if (command.type === 'collect') {
      void collectGarbage().then(() => report({ type: 'collected' }))
    } else onCommand?.(command)
  })
  process.off('disconnect', leave).on('disconnect', () => void stop())
  report({ type: 'ready', ...ready })
}

/** Sends a report to the harness. */
export function report(message: Report): void {
  process.send?.(message)
}

/** Has an HTTP/1.1 server keep idle connections, and listens. */
export function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = IDLE_CONNECTION_MS
  return listenOn(server)
}

/** Listens on a port of the system's choice and gives the address. */
export async function listenOn(server: NetServer): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, HOST, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://${HOST}:${address.port}`
}

/** Ends a server without waiting for idle connections. */
export function shut(server: Server): void {
  server.close()
  server.closeAllConnections()
}

/**
 * The upstream that a proxy was started for.
 * @throws Error when the process was started without
 */
export function upstreamOf(params: ServerParams): NonNullable<ServerParams['upstream']> {
  if (params.upstream) return params.upstream
  throw new Error('started without an upstream')
}

/** The scenario that a process was started for. */
export function scenarioOf({ scenario }: ServerParams): Scenario {
  return scenarioNamed(scenario)
}

/** Node shows its collector only when asked to; asking at start would change what is measured. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  // What was waiting to be finalised then goes with the second.
  await setImmediate()
  collect()
}

function ownUsage() {
  const { user, system } = process.cpuUsage()
  return { cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }
}
