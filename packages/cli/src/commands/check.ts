import { createGateway, type Gateway } from '@postern/core'
import { findConfig } from '../config/find.ts'
import { ConfigError } from '../config/issues.ts'
import { type LoadedConfig, loadConfig } from '../config/load.ts'
import { displayPath, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { pluginLines, print, say, table } from '../output.ts'

/** Options of `gw check`. */
export interface CheckOptions {
  /** The configuration file. Default: the first that is found. */
  readonly config?: string
}

/**
 * Checks a configuration as `gw start` would, up to the point of listening, and prints the order of its
 * plugins.
 *
 * @returns 0 when it is valid, 1 when not, 2 when there is nothing to check.
 */
export async function check(options: CheckOptions): Promise<ExitCode> {
  try {
    const config = await loadConfig(findConfig(options.config))
    const gateway = build(config)
    const plugins = pluginLines(gateway.plugins())
    await gateway.close()
    print(`${displayPath(config.file)} is valid.\n${table([['plugins', plugins]])}`)
    return EXIT.ok
  } catch (error) {
    if (error instanceof UsageError) {
      say(error.message)
      return EXIT.usage
    }
    if (!(error instanceof ConfigError)) throw error
    const count = error.issues.length
    say(`${error.message}\n${count} ${count === 1 ? 'problem' : 'problems'}`)
    return EXIT.failed
  }
}

function build(config: LoadedConfig): Gateway {
  try {
    // Silent: what plugins log while they are set up is no part of the answer.
    return createGateway(config.plugins, { ...config.options, logger: false })
  } catch (error) {
    throw config.explain(error)
  }
}
