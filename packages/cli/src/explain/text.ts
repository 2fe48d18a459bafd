/** An explanation for people. */
import type { TargetDescription } from '@postern/plugin-routing'
import { table } from '../output.ts'
import { columns, paint, printable } from '../trace/text.ts'
import { authLines } from './auth-lines.ts'
import type { ExplainedEndpoint, ExplainedPlugin, Explanation } from './explanation.ts'
import { HIDDEN } from './redact.ts'

/** As many of the other routes are shown unless more are asked for. */
const OTHERS = 5

type Row = readonly [name: string, values: readonly string[]]

/** @param all whether every other route is shown. */
export function explanationText(explanation: Explanation, all: boolean): string {
  const { request, from, worker } = explanation
  const head = `${request.method} ${request.target} to ${request.host}`
  const asked =
    from === 'file' ? '' : `  as ${from}${worker === undefined ? '' : `, worker ${worker},`} says now`
  const rows: Row[] = [
    ...routeRows(explanation),
    ...pluginRows(explanation.plugins),
    ...authRows(explanation),
    ...timeRows(explanation),
    ...upstreamRows(explanation),
    ...notRunRows(explanation),
  ]
  const clean = rows.map(([name, values]): Row => [name, values.map(printable)])
  return [
    `${paint('bold', printable(head))}${asked}`,
    '',
    table(clean),
    ...otherLines(explanation, all),
  ].join('\n')
}

function routeRows(explanation: Explanation): Row[] {
  const { route, why, path, request, pathRewrites, pathParameters, oldName, target, services } = explanation
  const [asked] = request.target.split('?', 1)
  const parameters = Object.entries(pathParameters).map(([name, value]) => `${name}=${value}`)
  return [
    ['route', [route === undefined ? `none: ${why}` : `${route}: ${why}`]],
    ...rowIf(
      'path',
      path === undefined || path === asked ? [] : [`${path}, as routes, guards and upstreams see it`],
    ),
    ...rowIf('parameters', parameters.length > 0 ? [parameters.join(', ')] : []),
    ...rowIf('old name', oldName ? [oldNameText(oldName)] : []),
    ...rowIf(
      'rewrite',
      pathRewrites.map(({ by, path: to }) => `${to}  (${by})`),
    ),
    ...rowIf('leads to', target ? targetLines(target) : []),
    ...services.map(({ name, endpoints }): Row => [`service ${name}`, endpointLines(endpoints)]),
  ]
}

function rowIf(name: string, values: readonly string[]): Row[] {
  return values.length === 0 ? [] : [[name, values]]
}

function oldNameText({ name, service, untilMs, overdue }: NonNullable<Explanation['oldName']>): string {
  const end =
    untilMs === undefined
      ? ''
      : `, ${overdue ? 'which ended' : 'until'} ${new Date(untilMs).toISOString().slice(0, 10)}`
  return `${name} is an old name of ${service}${end}`
}

/** Where a route leads, in lines. */
export function targetLines(target: TargetDescription): string[] {
  switch (target.kind) {
    case 'service':
      return [target.service]
    case 'split':
      return target.parts.map(({ service, share }) => `${service}  ${percent(share)} by ${target.by}`)
    case 'rules':
      return [
        ...target.rules.flatMap(({ when, to }) => targetLines(to).map((line) => `${line}  when ${when}`)),
        ...targetLines(target.otherwise).map((line) => `${line}  otherwise`),
      ]
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}

function endpointLines(endpoints: readonly ExplainedEndpoint[]): string[] {
  if (endpoints.length === 0) return ['no endpoint is known']
  const isEven = endpoints.every(({ weight }) => weight === endpoints[0]?.weight)
  return endpoints.map(({ url, weight, state }) =>
    [url, isEven ? '' : `weight ${weight}`, state ?? ''].filter((part) => part !== '').join('  '),
  )
}

function pluginRows(plugins: readonly ExplainedPlugin[]): Row[] {
  if (plugins.length === 0) return []
  const name = Math.max(...plugins.map((plugin) => plugin.name.length))
  const lines = plugins.map((plugin, index) => {
    const { mode, percent: part, except } = plugin
    const others = Object.entries(except).map(([caller, other]) => `${caller} ${other}`)
    const share = part === 100 ? '' : ` for ${part} %`
    return `${index + 1}. ${plugin.name.padEnd(name)}  ${plugin.version}  ${mode}${share}${others.length > 0 ? `, but ${others.join(', ')}` : ''}`
  })
  return [['plugins', lines]]
}

function authRows({ auth, plugins }: Explanation): Row[] {
  if (auth) return [['auth', authLines(auth)]]
  const mode = plugins.find(({ name }) => name === '@postern/plugin-auth')?.mode
  if (mode === 'off') return [['auth', ['off on this route: nobody is asked']]]
  return []
}

function timeRows({ timeouts, limits }: Explanation): Row[] {
  if (!timeouts || !limits) return []
  const { totalMs, attemptMs, connectMs, headersMs, idleMs } = timeouts
  const times = [
    `connect ${time(connectMs)}`,
    `headers ${time(headersMs)}`,
    `idle ${time(idleMs)}`,
    `attempt ${time(attemptMs)}`,
    `total ${time(totalMs)}`,
  ]
  // Infinity has no form in JSON.
  const body: number | null = limits.requestBodyBytes
  const size = body === null || !Number.isFinite(body) ? 'of any size' : `at most ${body} bytes`
  return [
    ['times', [times.join(', ')]],
    [
      'limits',
      [`body ${size}, ${limits.attempts} attempts, ${limits.concurrencyPerEndpoint} at once per endpoint`],
    ],
  ]
}

function time(ms: number): string {
  if (ms === 0) return 'unlimited'
  return ms >= 1_000 ? `${ms / 1_000} s` : `${ms} ms`
}

function upstreamRows({ upstream, answer, auth, from, route }: Explanation): Row[] {
  if (answer) {
    const code = answer.code === undefined ? '' : ` ${answer.code}`
    return [
      ['answer', [`${answer.status}${code}: ${answer.message === '' ? 'by a plugin' : answer.message}`]],
    ]
  }
  if (!upstream)
    return from === 'file' || route === undefined
      ? []
      : [['upstream', ['its head is shown from the file: gw explain without --running']]]
  const { line, endpoint, service, headers } = upstream
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${headers[at + 1]}`] : []))
  const later = auth
    ? laterHeaders(auth, endpoint, service).map((name) => `${name}: ${HIDDEN}  (put on by plugin-auth)`)
    : []
  return [['upstream', [`${line}  to ${endpoint}`, ...pairs, ...later]]]
}

/** What plugin-auth puts on once it knows the caller, and the gateway's own credentials for this upstream. */
function laterHeaders(
  { addsHeaders, outbound, access, mode }: NonNullable<Explanation['auth']>,
  endpoint: string,
  service: string,
): string[] {
  const origin = URL.parse(endpoint)?.origin
  const own = outbound.filter(({ target }) => target === service || target === origin)
  const identity = access === 'public' || mode === 'observe' ? [] : addsHeaders
  return [...new Set([...identity, ...(mode === 'enforce' ? own.flatMap(({ headers }) => headers) : [])])]
}

function notRunRows({ notRun }: Explanation): Row[] {
  const byPlugin = Map.groupBy(notRun, ({ plugin }) => plugin)
  const lines = [...byPlugin].map(
    ([plugin, hooks]) => `${plugin}: ${hooks.map(({ hook }) => hook).join(', ')}`,
  )
  return rowIf('not run', lines)
}

function otherLines({ others }: Explanation, all: boolean): string[] {
  if (others.length === 0) return []
  const shown = all ? others : others.slice(0, OTHERS)
  const rest = others.length - shown.length
  return [
    '',
    columns(shown, [
      {
        head: 'other route',
        cell: ({ id, place }) => `${id}${place === undefined ? '' : ` (${place})`}`,
        most: 40,
      },
      { head: 'not taken for', cell: ({ outcome }) => outcome },
      { head: '', cell: ({ why }) => why },
    ]),
    ...(rest > 0 ? [`… and ${rest} more; --all shows them`] : []),
  ]
}
