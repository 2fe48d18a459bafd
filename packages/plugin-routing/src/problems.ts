import { formatPath, GatewayError, type SchemaIssue } from '@postern/core'

/** npm name of this package; every error names it. */
export const PLUGIN_NAME = '@postern/plugin-routing'

/**
 * An option that its schema accepts and the whole does not. Its path is data too, so that a tool can show the
 * line.
 */
class RoutingOptionError extends GatewayError {
  /** The one thing that is wrong, with its path inside the options. */
  readonly issues: readonly SchemaIssue[]

  /** Made by `invalidOption`. */
  constructor(path: readonly PropertyKey[], problem: string) {
    super('GW_PLUGIN_OPTIONS_INVALID', {
      plugin: PLUGIN_NAME,
      message: `The options of ${PLUGIN_NAME} have a mistake:\n  ${formatPath(path)}: ${problem}`,
    })
    this.issues = [{ message: problem, path }]
  }
}

/**
 * The error for an option that does not fit the others.
 * @param path where the option is: `['routes', 0, 'to']`.
 * @param found what stands there, in words.
 * @param needed what would be right, in words, with the fix where one is known.
 */
export function invalidOption(path: readonly PropertyKey[], found: string, needed: string): GatewayError {
  return new RoutingOptionError(path, `found ${found}; needed: ${needed}`)
}
