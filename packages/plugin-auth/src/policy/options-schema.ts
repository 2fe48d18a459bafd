import * as v from 'valibot'
import { NOT_IN_JSON } from '../not-in-json.ts'
import { optionsOf } from '../option-docs.ts'
import { SCOPE, text } from '../option-values.ts'
import { SCHEME_NAMES } from '../schemes/scheme.ts'
import type { CallerCheck, CallerRule, ClaimRule } from './options.ts'

const MAX_PATTERN = 512

const pattern = v.pipe(
  text,
  v.maxLength(MAX_PATTERN, `Expected at most ${MAX_PATTERN} characters`),
  v.check((value) => !value.includes('**'), 'One * stands for any characters already'),
)
const scope = v.pipe(v.string(), v.regex(SCOPE, 'Expected a scope (RFC 6749 section 3.3)'))
const value = v.union([v.string(), v.number(), v.boolean()], 'Expected a text, a number, true or false')
const scheme = v.picklist(
  SCHEME_NAMES,
  (issue) =>
    `There is no scheme ${issue.received}. Use one of ${issue.expected.replaceAll(/["()]/g, '').replaceAll(' | ', ', ')}`,
)

/** A list that says something: nobody could satisfy an empty one. */
const some = <TItem extends v.GenericSchema>(item: TItem, what: string) =>
  v.pipe(v.array(item), v.minLength(1, `Name at least one ${what}, or leave it out`))

const MATCHERS = ['equals', 'oneOf', 'includes', 'matches'] as const

const claim: v.GenericSchema<ClaimRule> = v.pipe(
  optionsOf('ClaimRule', {
    claim: v.union([text, some(text, 'name')], 'Expected the name of a claim, or a path of names'),
    equals: v.optional(value),
    oneOf: v.optional(some(value, 'value')),
    includes: v.optional(value),
    matches: v.optional(pattern),
  }),
  v.check(
    (rule) => MATCHERS.filter((name) => rule[name] !== undefined).length === 1,
    `Say exactly one of ${MATCHERS.join(', ')}`,
  ),
)

const caller: v.GenericSchema<string | CallerRule> = v.union(
  [
    pattern,
    v.pipe(
      optionsOf('CallerRule', {
        id: v.optional(pattern),
        issuer: v.optional(pattern),
        scheme: v.optional(scheme),
      }),
      v.check((rule) => Object.values(rule).some((said) => said !== undefined), 'Say id, issuer or scheme'),
    ),
  ],
  'Expected a form of the id such as "svc-*", or an object with id, issuer or scheme',
)

/** The entries of a route's options that say who may use it. */
export const policyEntries = {
  access: v.optional(v.picklist(['public', 'authenticated'])),
  schemes: v.optional(some(scheme, 'scheme')),
  scopes: v.optional(v.array(scope)),
  anyScope: v.optional(some(scope, 'scope')),
  audiences: v.optional(some(text, 'audience')),
  claims: v.optional(v.array(claim)),
  callers: v.optional(some(caller, 'caller')),
  kinds: v.optional(some(v.picklist(['service', 'user']), 'kind')),
  check: v.optional(
    v.pipe(
      v.custom<CallerCheck>(
        (given) => typeof given === 'function',
        'Expected a function; it can be given only in code',
      ),
      v.metadata(NOT_IN_JSON),
    ),
  ),
}
