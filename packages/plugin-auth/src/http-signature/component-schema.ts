import * as v from 'valibot'

/** Names of components that a signature may cover. */
export const component = v.pipe(
  v.string(),
  v.regex(/^@?[a-z0-9!#$%&'*+.^_`|~-]+$/, 'Expected a component name in lower case (RFC 9421 section 2)'),
  v.check(
    (name) => name !== '@signature-params' && name !== '@query-param' && name !== '@status',
    'This component cannot be asked for',
  ),
)
