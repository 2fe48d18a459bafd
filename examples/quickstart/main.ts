/**
 * `npm start`: three services that call each other through a gateway, and an identity provider, each in a process of its
 * own. Prints what runs and what to try. Ctrl-C drains the gateway and stops everything.
 */
import { type Gateway, isGatewayError } from '@postern/core'
import { createQuickstartGateway } from './gateway.ts'
import { Child } from './processes.ts'
import { SERVICES } from './services.ts'

/** npm passes on a Ctrl-C that the terminal has sent to every process already; within this time they are one. */
const ECHO_MS = 100
const GRACE_MS = 5_000

const children: Child[] = []
let gateway: Gateway | undefined
let stoppingSinceMs = 0

process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)
try {
  await start(readPort(process.env['PORT']))
} catch (error) {
  if (stoppingSinceMs === 0) {
    console.error(explain(error))
    await stop()
    process.exit(1)
  }
}

async function start(port: number): Promise<void> {
  const idp = run(new Child('idp', './identity-provider.ts'))
  const services = SERVICES.map(({ name, next }) => run(new Child(name, './service.ts', [name, next])))
  const issuer = await idp.url
  const urls = new Map<string, string>()
  for (const service of services) urls.set(service.name, await service.url)

  gateway = createQuickstartGateway(issuer, urls)
  const { url } = await gateway.listen({ port })
  for (const service of services) service.send({ gateway: url })

  const row = (name: string, at: string, pid: number, note: string) =>
    `  ${name.padEnd(11)} ${at.padEnd(23)} pid ${String(pid).padEnd(8)} ${note}`.trimEnd()
  console.log(`Postern quickstart

${row('gateway', url, process.pid, 'auth, trace, routing and path-view')}
${SERVICES.map(({ name, next }, index) => row(name, urls.get(name) ?? '', services[index]?.pid ?? 0, next && `calls ${next} through the gateway`)).join('\n')}
${row('idp', issuer, idp.pid, '/token and /jwks')}

Try, in another terminal:

  1  without a token: 401
     curl -si ${url}/storefront

  2  with a token: 200, and a trace id
     curl -si ${url}/storefront -H "authorization: Bearer $(curl -s ${issuer}/token)"

  3  the way that this request took (or /_path/<trace id>)
     curl -s ${url}/_path/last

One line per exchange follows. Ctrl-C stops everything.
`)
}

function run(child: Child): Child {
  children.push(child)
  return child
}

function onSignal(signal: NodeJS.Signals): void {
  if (stoppingSinceMs > 0) {
    // The children end with this process: their channel closes.
    if (performance.now() - stoppingSinceMs > ECHO_MS) process.exit(1)
    return
  }
  stoppingSinceMs = performance.now()
  console.log(`\n${signal}: finishing what runs, then stopping`)
  void stop().then(() => process.exit(0))
}

/** First the gateway, so that running exchanges still find their services. */
async function stop(): Promise<void> {
  await gateway?.close({ graceMs: GRACE_MS })
  await Promise.all(children.map((child) => child.stop()))
}

function readPort(text = '8080'): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`PORT must be a number from 0 to 65535, not "${text}"`)
}

function explain(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return isGatewayError(error) && error.code === 'GW_LISTEN_FAILED'
    ? `${message}: PORT=8081 npm start`
    : message
}
