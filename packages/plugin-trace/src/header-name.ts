import * as v from 'valibot'

/** A header's name in an option, in lower case. */
export const headerName: v.GenericSchema<string, string> = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1)'),
  v.toLowerCase(),
)
