/** What a route asks of its callers, in lines. */
import type { RoutePolicyDescription } from '@postern/plugin-auth'

/** One line for what is asked, one for each way to satisfy it, one for each thing that must hold beside it. */
export function authLines(policy: RoutePolicyDescription): string[] {
  return [accessLine(policy), ...schemeLines(policy), ...requirementLines(policy)]
}

function accessLine({ access, mode }: RoutePolicyDescription): string {
  const what = {
    public: 'public: nobody is asked',
    anonymous: 'optional: without credentials a request passes as nobody, bad ones are refused',
    authenticated: 'callers have to prove who they are',
  }[access]
  if (access === 'public') return what
  if (mode === 'observe') return `${what}; observe: nothing is checked yet`
  return mode === 'shadow' ? `${what}; shadow: what would be refused is recorded, and passes` : what
}

function schemeLines({ schemes, access }: RoutePolicyDescription): string[] {
  if (access !== 'public' && schemes.length === 0) return ['  no way to authenticate is configured']
  return schemes.map(({ name, credentials, issuers, asksService }) =>
    [
      `  ${name}: ${credentials}`,
      issuers.length > 0 ? `of ${issuers.join(' or ')}` : '',
      asksService ? '(another service is asked)' : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  )
}

/** One line for each requirement. */
function requirementLines({ requires }: RoutePolicyDescription): string[] {
  const {
    scopes = [],
    anyScope = [],
    audiences = [],
    claims = [],
    callers = [],
    kinds = [],
    issuers = [],
  } = requires
  return [
    scopes.length > 0 ? `  scopes: all of ${sorted(scopes)}` : '',
    anyScope.length > 0 ? `  scopes: one of ${sorted(anyScope)}` : '',
    issuers.length > 0 ? `  issuers: only ${sorted(issuers)}` : '',
    audiences.length > 0 ? `  audience: one of ${sorted(audiences)}` : '',
    ...claims.map(({ claim, ...rule }) => `  claim ${[claim].flat().join(' → ')}: ${ruleText(rule)}`),
    callers.length > 0 ? `  callers: one of ${sorted(callers.map(callerText))}` : '',
    kinds.length > 0 ? `  callers: only of kind ${sorted(kinds)}` : '',
    requires.check === true ? '  a check in code has the last word' : '',
  ].filter((line) => line !== '')
}

function sorted(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join(', ')
}

function ruleText(rule: object): string {
  return Object.entries(rule)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(', ')
}

function callerText(caller: string | object): string {
  if (typeof caller === 'string') return caller
  return Object.entries(caller)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(' with ')
}
