import { TapOwner } from '../hooks/owner.ts'
import type { Logger } from '../logger.ts'
import { type ResolvedModeSettings, resolveModeSettings } from '../modes.ts'
import type { AnyPluginDefinition, PluginInstance } from '../plugin.ts'
import { shortName } from '../plugin.ts'
import type { PluginHandle } from '../plugin-host.ts'
import { PluginAccount } from '../stats.ts'
import { validate } from './validate.ts'

/** One plugin inside one generation. */
export class Member {
  readonly definition: AnyPluginDefinition
  readonly instance: PluginInstance
  readonly shortName: string
  readonly settings: ResolvedModeSettings
  /** Its options, checked. */
  readonly options: unknown
  readonly account: PluginAccount
  readonly owner: TapOwner
  readonly logger: Logger
  /** Request headers, lower case, that only it may set. */
  readonly ownedHeaders: readonly string[]
  handle: PluginHandle = {}

  /**
   * @param before the same plugin in the generation before.
   * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID.
   */
  constructor(instance: PluginInstance, logger: Logger, before?: Member) {
    const { definition } = instance
    this.instance = instance
    this.definition = definition
    this.shortName = shortName(definition.name)
    this.settings = resolveModeSettings(instance.settings)
    this.options = definition.options
      ? validate(definition.options, instance.options, {
          code: 'GW_PLUGIN_OPTIONS_INVALID',
          what: `options of ${definition.name}`,
          plugin: definition.name,
        })
      : instance.options
    this.account = new PluginAccount(before?.account)
    this.logger = logger.child({ plugin: definition.name })
    this.owner = new TapOwner(definition.name, definition.fault, this.account, logger)
    this.ownedHeaders = (definition.ownsRequestHeaders?.(this.options) ?? []).map((name) =>
      name.toLowerCase(),
    )
  }
}
