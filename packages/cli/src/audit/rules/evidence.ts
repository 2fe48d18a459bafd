/** What is left to look at when something went wrong. */
import { record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

const TRACE = '@postern/plugin-trace'

const noTrace: AuditRule = {
  id: 'no-trace',
  severity: 'advice',
  title: 'Nothing traces requests',
  why: 'The path of one request over several services cannot be rebuilt from logs.',
  fix: 'Add @postern/plugin-trace: it needs no options.',
  *check({ plugin, routes }): Iterable<Finding> {
    if (routes.length > 0 && !plugin(TRACE))
      yield { path: ['plugins'], at: 'key', message: 'There is no plugin that traces' }
  },
}

const accessLogOff: AuditRule = {
  id: 'access-log-off',
  severity: 'warning',
  title: 'Exchanges leave no line in the log',
  why: 'Who called what, when and with which result is not known afterwards; gw trace, edges and census have nothing to read.',
  fix: 'Leave accessLog on; where it is too much, set accessLog.sampleRatio: errors and slow exchanges are logged always.',
  *check({ plugin, data, routes }): Iterable<Finding> {
    const trace = plugin(TRACE)
    if (!trace) return
    const path = [...trace.path, 'options', 'accessLog']
    const { accessLog } = trace.options
    const destination = record(accessLog)['destination']
    if (accessLog === false) yield { path, message: 'accessLog is false' }
    else if (record(accessLog)['sampleRatio'] === 0)
      yield { path: [...path, 'sampleRatio'], message: 'Only errors and slow exchanges are logged' }
    else if (data['logger'] === false && destination === undefined)
      yield { path: ['logger'], message: 'logger is false, and the access log has no destination of its own' }
    for (const route of routes) {
      const mode = route.plugins.find(({ name }) => name === TRACE)?.mode
      if (mode !== 'off') continue
      yield {
        path: [...route.pluginsPath, trace.shortName],
        at: 'key',
        subject: route.id,
        message: `${TRACE} is off on route ${JSON.stringify(route.id)}`,
      }
    }
  },
}

/** A parameter of a path that holds a secret, by its name. */
const SECRET_PARAMETER = /\{(?:token|secret|password|apikey|api_key|otp|code)\}/i

const pathSecrets: AuditRule = {
  id: 'paths-with-secrets',
  severity: 'advice',
  title: 'Paths are logged on a route whose name speaks of secrets',
  why: 'A path such as /reset/{token} puts what it carries into every log.',
  fix: 'Set accessLog.path: false, or move the secret into the body.',
  *check({ plugin, routes }): Iterable<Finding> {
    const trace = plugin(TRACE)
    if (!trace || trace.options['accessLog'] === false) return
    if (record(trace.options['accessLog'])['path'] === false) return
    for (const route of routes) {
      const pattern = record(route.options['match'])['pathPattern']
      const secret = typeof pattern === 'string' ? SECRET_PARAMETER.exec(pattern)?.[0] : undefined
      if (secret === undefined) continue
      yield {
        path: [...route.path, 'match', 'pathPattern'],
        subject: route.id,
        message: `${secret} of route ${JSON.stringify(route.id)} stands in the access log`,
      }
    }
  },
}

/** The rules of this file. */
export const evidenceRules: readonly AuditRule[] = [noTrace, accessLogOff, pathSecrets]
