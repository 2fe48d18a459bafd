import { GatewayError } from '@postern/core'

/** npm name of this package; every error and verdict of it names it. */
export const PLUGIN_NAME = '@postern/plugin-auth'

/**
 * The error for options that the schema accepts and that cannot be used all the same.
 * @param message what is wrong and where, in words.
 * @param cause what was thrown while they were tried; for the log only.
 */
export function invalidOptions(message: string, cause?: unknown): GatewayError {
  return new GatewayError('GW_PLUGIN_OPTIONS_INVALID', { message, plugin: PLUGIN_NAME, cause })
}
