/** What was meant for a while: shadow modes, exceptions, versions without traffic. */
import type { AuditContext } from '../context.ts'
import { list, record } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

type Path = readonly PropertyKey[]

/** Where the file sets modes of a guard: for the gateway, and on routes. */
function* modeSettings(context: AuditContext): Generator<{
  readonly path: Path
  readonly settings: Readonly<Record<string, unknown>>
  readonly words: string
  readonly subject?: string
}> {
  for (const plugin of context.plugins) {
    if (plugin.fault !== 'guard') continue
    yield { path: plugin.path, settings: plugin.settings, words: plugin.name }
    for (const route of context.routes) {
      const path = [...route.pluginsPath, plugin.shortName]
      const given = record(
        route.path[0] === 'upstream' ? record(context.data['route'])['plugins'] : route.options['plugins'],
      )[plugin.shortName]
      const words = `${plugin.name} on route ${JSON.stringify(route.id)}`
      if (typeof given === 'string') yield { path, settings: { '': given }, words, subject: route.id }
      else if (given !== undefined) yield { path, settings: record(given), words, subject: route.id }
    }
  }
}

const shadowTooLong: AuditRule = {
  id: 'shadow-too-long',
  severity: 'warning',
  title: 'A guard has been in shadow for long',
  why: 'A guard in shadow or observe protects nothing. What was meant for a trial stays for years when nobody counts.',
  fix: 'Look at who would still be refused (gw census), mend those callers, then take out the mode. audit.shadowDays sets the bound.',
  *check(context): Iterable<Finding> {
    for (const { path, settings, words, subject } of modeSettings(context)) {
      const key = 'mode' in settings ? ['mode'] : []
      const mode = settings['mode'] ?? settings['']
      if (mode !== 'shadow' && mode !== 'observe') continue
      const days = context.ageDays([...path, ...key])
      if (days <= context.settings.shadowDays) continue
      yield {
        path: [...path, ...key],
        ...(subject === undefined ? {} : { subject }),
        message: `${words} has been in mode ${mode} for ${days} days`,
      }
    }
  },
}

const exceptionTooLong: AuditRule = {
  id: 'exception-too-long',
  severity: 'warning',
  title: 'A caller has been excepted from a guard for long',
  why: 'Whoever takes over the name or address of this caller is not checked either.',
  fix: 'Mend the caller and take the exception out. audit.shadowDays sets the bound.',
  *check(context): Iterable<Finding> {
    for (const { path, settings, words, subject } of modeSettings(context)) {
      for (const [caller, mode] of Object.entries(record(settings['except']))) {
        const days = context.ageDays([...path, 'except', caller])
        if (mode === 'enforce' || days <= context.settings.shadowDays) continue
        yield {
          path: [...path, 'except', caller],
          at: 'key',
          ...(subject === undefined ? {} : { subject }),
          message: `${words} has been in mode ${String(mode)} for ${JSON.stringify(caller)} for ${days} days`,
        }
      }
    }
  },
}

const splitAtZero: AuditRule = {
  id: 'split-at-zero',
  severity: 'advice',
  title: 'A version of a split has had no traffic for long',
  why: 'It is deployed, patched and paid for, and the next change of a weight sends traffic to what nobody has watched.',
  fix: 'Take it out of the split, or give it a weight.',
  *check(context): Iterable<Finding> {
    for (const route of context.routes) {
      for (const [path, parts] of splitsOf(route.options['to'], [...route.path, 'to'])) {
        for (const [index, part] of parts.entries()) {
          const at = [...path, index, 'weight']
          if (part['weight'] !== 0 || context.ageDays(at) <= context.settings.shadowDays) continue
          yield {
            path: at,
            subject: route.id,
            message: `${JSON.stringify(part['to'])} has had weight 0 on route ${JSON.stringify(route.id)} for ${context.ageDays(at)} days`,
          }
        }
      }
    }
  },
}

/** Every split of a target, those of its rules included. */
function* splitsOf(
  target: unknown,
  path: Path,
): Generator<readonly [Path, readonly Readonly<Record<string, unknown>>[]]> {
  const { split, rules, otherwise } = record(target)
  if (split !== undefined) yield [[...path, 'split'], list(split).map(record)]
  for (const [index, rule] of list(rules).entries())
    yield* splitsOf(record(rule)['to'], [...path, 'rules', index, 'to'])
  if (otherwise !== undefined) yield* splitsOf(otherwise, [...path, 'otherwise'])
}

/** The rules of this file. */
export const modeRules: readonly AuditRule[] = [shadowTooLong, exceptionTooLong, splitAtZero]
