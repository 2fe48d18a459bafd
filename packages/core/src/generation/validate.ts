import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError } from '../errors.ts'
import {
  formatPath,
  issuePath,
  knownKeys,
  type OptionsSchema,
  type SchemaIssue,
  suggestKey,
} from '../schema.ts'

/** Whose value is checked, for the message and for whoever shows it (the CLI finds line and column by the path). */
export interface ValidationSubject {
  /** `GW_OPTIONS_INVALID` or `GW_PLUGIN_OPTIONS_INVALID`. */
  readonly code: CoreErrorCode
  /** What the value is, in words: `options of @postern/plugin-auth`. */
  readonly what: string
  /** npm name of the plugin, if it is a plugin's. */
  readonly plugin?: string
}

/** A failed validation, with every issue as data. */
class ValidationError extends GatewayError {
  /** Every issue, with its path inside the value that was checked. */
  readonly issues: readonly SchemaIssue[]

  constructor(subject: ValidationSubject, schema: unknown, issues: readonly SchemaIssue[]) {
    const lines = issues.map((issue) => `  ${describeIssue(schema, issue)}`)
    super(subject.code, {
      message: `There ${issues.length === 1 ? 'is a mistake' : `are ${issues.length} mistakes`} in the ${subject.what}:\n${lines.join('\n')}`,
      ...(subject.plugin === undefined ? {} : { plugin: subject.plugin }),
    })
    this.issues = issues
  }
}

/** One issue in a line: where, what was found, what is needed, and the key that was probably meant. */
function describeIssue(schema: unknown, issue: SchemaIssue): string {
  const path = issuePath(issue)
  const where = path.length === 0 ? '' : `${formatPath(path)}: `
  const key = path.at(-1)
  const known = typeof key === 'string' ? knownKeys(schema, path.slice(0, -1)) : undefined
  if (typeof key !== 'string' || !known || known.includes(key)) return `${where}${issue.message}`
  const meant = suggestKey(key, known)
  return `${where}unknown key. ${meant ? `Did you mean "${meant}"?` : `Known keys: ${known.join(', ')}`}`
}

/**
 * Checks a value and fills in defaults.
 * @throws {GatewayError} the subject's code, with every issue.
 */
export function validate<TOutput>(
  schema: OptionsSchema<unknown, TOutput>,
  value: unknown,
  subject: ValidationSubject,
): TOutput {
  const result = schema['~standard'].validate(value)
  if (result instanceof Promise) {
    throw new GatewayError('GW_PLUGIN_INVALID', {
      message: `The schema of the ${subject.what} validates asynchronously. Use a schema without async checks`,
      ...(subject.plugin === undefined ? {} : { plugin: subject.plugin }),
    })
  }
  if (result.issues) throw new ValidationError(subject, schema, result.issues)
  return result.value
}
