import type { RouteInfo } from '@postern/core'
import type { RoutePolicyDescription } from '@postern/plugin-auth'
import type { RouteState } from '@postern/plugin-routing'
import { neededPage, workersIn } from '../admin/client.ts'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import { accessText } from '../diff/access.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { quietGateway } from '../explain/quiet-gateway.ts'
import { targetLines } from '../explain/text.ts'
import { type AskingOptions, asksRunning, clientFor } from '../live/asking.ts'
import { print } from '../output.ts'
import { columns, jsonText } from '../trace/text.ts'

/** A route, as it is listed. */
interface ListedRoute {
  readonly id: string
  /** What it matches, in words; empty where no plugin says. */
  readonly match: string
  readonly target: readonly string[]
  /** What is asked of callers; empty without plugin-auth. */
  readonly access: string
  /** Plugins whose mode there is another than for the gateway, with it. */
  readonly modes: readonly string[]
  readonly totalMs: number
  /** Requests of which something was sent; `undefined` from a file. */
  readonly requests: number | undefined
}

interface Parts {
  readonly routes: readonly RouteInfo[]
  readonly plugins: readonly { readonly name: string; readonly mode: string }[]
  readonly targets: readonly (readonly RouteState[])[]
  readonly policies: readonly RoutePolicyDescription[]
  readonly isRunning: boolean
}

/** Lists the routes of the file, or of the running gateway. */
export async function routes(options: AskingOptions): Promise<ExitCode> {
  const listed = listOf(asksRunning(options) ? await fromGateway(options) : await fromFile(options))
  print(options.json ? jsonText(listed) : routeTable(listed))
  return EXIT.ok
}

async function fromFile({ config }: AskingOptions): Promise<Parts> {
  await using quiet = quietGateway(await loadConfig(findConfig(config)))
  return {
    routes: quiet.routes,
    plugins: quiet.gateway.plugins(),
    targets: [(quiet.view('targets') ?? []) as readonly RouteState[]],
    policies: (quiet.view('policy') ?? []) as readonly RoutePolicyDescription[],
    isRunning: false,
  }
}

async function fromGateway(options: AskingOptions): Promise<Parts> {
  const client = await clientFor(options)
  const [infos, plugins, targets, policies] = await Promise.all([
    neededPage(client, 'routes', 'gw start'),
    neededPage(client, 'plugins', 'gw start'),
    client.data('targets'),
    client.data('policy'),
  ])
  return {
    routes: workersIn<RouteInfo[]>(infos)[0]?.data ?? [],
    plugins: workersIn<Parts['plugins']>(plugins)[0]?.data ?? [],
    targets: workersIn<RouteState[] | undefined>(targets).map(({ data }) => data ?? []),
    policies: workersIn<RoutePolicyDescription[] | undefined>(policies)[0]?.data ?? [],
    isRunning: true,
  }
}

function listOf({ routes: infos, plugins, targets, policies, isRunning }: Parts): ListedRoute[] {
  return infos.map((info) => {
    const states = targets.flatMap((some) => some.find(({ id }) => id === info.id) ?? [])
    const auth = info.plugins.find(({ name }) => name === '@postern/plugin-auth')
    const policy = policies.find(({ route }) => route === info.id)
    return {
      id: info.id,
      match: states[0]?.match ?? '',
      target: states[0] ? targetLines(states[0].target) : info.service === '' ? [] : [info.service],
      access: auth
        ? accessText({ policy: policy && auth.mode !== 'off' ? { ...policy, mode: auth.mode } : undefined })
        : '',
      modes: info.plugins
        .filter(({ name, mode }) => plugins.find((plugin) => plugin.name === name)?.mode !== mode)
        .map(({ name, mode }) => `${name} ${mode}`),
      totalMs: info.timeouts.totalMs,
      requests:
        isRunning && states.length > 0 ? states.reduce((sum, one) => sum + one.requests, 0) : undefined,
    }
  })
}

function routeTable(listed: readonly ListedRoute[]): string {
  return columns(listed, [
    { head: 'route', cell: ({ id }) => id, most: 40 },
    { head: 'match', cell: ({ match, id }) => (match === id ? '' : match), most: 60 },
    { head: 'leads to', cell: ({ target }) => target.join(', '), most: 60 },
    { head: 'callers', cell: ({ access }) => access },
    { head: 'modes of its own', cell: ({ modes }) => modes.join(', ') },
    {
      head: 'total ms',
      cell: ({ totalMs }) => (totalMs === 0 ? 'unlimited' : String(totalMs)),
      align: 'right',
    },
    {
      head: 'requests',
      cell: ({ requests }) => (requests === undefined ? '' : String(requests)),
      align: 'right',
    },
  ])
}
