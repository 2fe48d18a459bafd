import { type AdminClient, neededPage, workersIn } from '../admin/client.ts'
import { findConfig } from '../config/find.ts'
import { loadConfig } from '../config/load.ts'
import { FailedError, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type Explanation, type ExplanationParts, explanationOf } from '../explain/explanation.ts'
import { recentText } from '../explain/recent.ts'
import { rehearse } from '../explain/rehearse.ts'
import { type AskedRequest, explainQuery, readRequest } from '../explain/request.ts'
import { explanationText } from '../explain/text.ts'
import { type AskingOptions, asksRunning, clientFor } from '../live/asking.ts'
import { print } from '../output.ts'
import { jsonText } from '../trace/text.ts'

/** Options of `gw explain`. */
export interface ExplainOptions extends AskingOptions {
  /** Lines of headers. */
  readonly header?: readonly string[]
  /** Address of the client. */
  readonly from: string
  /** Show what recent exchanges of a trace met. */
  readonly trace?: string
  /** Show every other route. */
  readonly all?: true
}

/**
 * Says what would become of a request.
 *
 * @returns 0 when it would be forwarded, 1 when it would not or no exchange has that trace, 2 when it cannot be said.
 */
export async function explain(
  method: string | undefined,
  url: string | undefined,
  options: ExplainOptions,
): Promise<ExitCode> {
  if (options.trace !== undefined) return explainTrace(options.trace, method, options)
  if (method === undefined || url === undefined)
    throw new UsageError('Give a method and a URL: gw explain GET http://orders.internal/orders/7')
  const request = readRequest(method, url, options.header ?? [])
  const explanations = asksRunning(options)
    ? await fromGateway(request, options)
    : [await fromFile(request, options)]
  print(
    options.json
      ? jsonText(explanations.length === 1 ? explanations[0] : explanations)
      : explanations.map((one) => explanationText(one, options.all === true)).join('\n\n'),
  )
  return explanations.every(({ route, answer }) => route !== undefined && !answer) ? EXIT.ok : EXIT.failed
}

async function fromFile(request: AskedRequest, { config: file, from }: ExplainOptions): Promise<Explanation> {
  const config = await loadConfig(findConfig(file))
  return rehearse(config, request, from, ({ gateway, routes, view, leftOut }, rehearsal) =>
    explanationOf({
      request,
      from: 'file',
      routes,
      plugins: config.plugins.map(({ definition }) => definition),
      routing: tryTo(() => view('explain', explainQuery(request))) as ExplanationParts['routing'],
      policy: (route) =>
        view('policy', new URLSearchParams({ route })) as ReturnType<ExplanationParts['policy']>,
      rehearsal,
      notRun: gateway.plugins().length === 0 ? [] : leftOut,
    }),
  )
}

/** A path that the gateway refuses is refused by the view, too; the rehearsal says so in its own words. */
function tryTo(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

async function fromGateway(request: AskedRequest, options: ExplainOptions): Promise<Explanation[]> {
  const client = await clientFor(options)
  const [routes, plugins, routing] = await Promise.all([
    neededPage(client, 'routes', 'gw start'),
    neededPage(client, 'plugins', 'gw start'),
    client.data('explain', explainQuery(request)),
  ])
  const [firstRoutes] = workersIn<ExplanationParts['routes']>(routes)
  const [firstPlugins] = workersIn<ExplanationParts['plugins']>(plugins)
  const answers = workersIn<NonNullable<ExplanationParts['routing']> | undefined>(routing)
  return Promise.all(
    answers.map(async ({ worker, data }) => {
      const parts = {
        request,
        from: client.place.name,
        worker,
        routes: firstRoutes?.data ?? [],
        plugins: firstPlugins?.data ?? [],
        routing: data,
        rehearsal: undefined,
        notRun: [],
      }
      const policy = data?.route && (await policyOf(client, data.route.id))
      return explanationOf({ ...parts, policy: () => policy })
    }),
  )
}

async function policyOf(client: AdminClient, route: string): Promise<ReturnType<ExplanationParts['policy']>> {
  const answer = await client.data('policy', new URLSearchParams({ route }))
  return workersIn<ReturnType<ExplanationParts['policy']>>(answer)[0]?.data
}

async function explainTrace(
  trace: string,
  extra: string | undefined,
  options: ExplainOptions,
): Promise<ExitCode> {
  if (extra !== undefined) throw new UsageError('Give a request or --trace, not both.')
  const client = await clientFor(options)
  const answer = await client.data('exchanges', new URLSearchParams({ trace }))
  // Nothing of this trace, or nothing at all?
  if (answer === undefined) await neededPage(client, 'exchanges', '@postern/plugin-trace')
  const text = recentText(answer, options.json === true)
  if (text === undefined)
    throw new FailedError(
      `No recent exchange has the trace ${trace}. Older ones are in the logs: gw trace ${trace} LOGS`,
    )
  print(text)
  return EXIT.ok
}
