/**
 * What `gw build` put into the file that runs, and where `gw` finds it in place of files. Nothing is here when `gw` was installed
 * and not bundled.
 */

/** What a bundle has in it. */
export interface BundleContents {
  /** Absolute path of the bundle. */
  readonly file: string
  /** The configuration that was built in. Default: none, it is read from a file as `gw` does. */
  readonly config?: BundledConfig
  /** The modules of the plugins, by what the configuration calls them in `use`. */
  readonly plugins: Readonly<Record<string, () => Promise<object>>>
}

/** A configuration in a bundle: the text of a YAML or JSON file, or a module. */
export interface BundledConfig {
  /** Name of the file that it was read from: `gateway.yaml`. */
  readonly name: string
  /** What the file said. */
  readonly text?: string
  /** Gives the module. */
  readonly module?: () => Promise<object>
}

let contents: BundleContents | undefined

/** Says that this process runs a bundle. Called once, before anything is read. */
export function setBundle(bundle: BundleContents): void {
  contents = bundle
}

/**
 * The path under which the built-in configuration goes: `/app/gateway.mjs#gateway.yaml`. No file has it; its folder is the one
 * that relative paths of the configuration start at, its ending tells its form, and in a message it names both.
 */
export function bundledConfigFile(): string | undefined {
  return contents?.config && `${contents.file}#${contents.config.name}`
}

/** The built-in configuration, when that is what the path means. */
export function bundledConfig(file: string): BundledConfig | undefined {
  return file === bundledConfigFile() ? contents?.config : undefined
}

/**
 * The module of a plugin that is in the bundle. A path is looked up as it stands, so that a configuration which is mounted
 * elsewhere finds what it found when the bundle was made.
 */
export function bundledPlugin(use: string): Promise<object> | undefined {
  const plugins = contents?.plugins
  return plugins && Object.hasOwn(plugins, use) ? plugins[use]?.() : undefined
}

/** What a bundle has, for a message about a plugin that it has not. */
export function bundledPluginNames(): string[] | undefined {
  return contents && Object.keys(contents.plugins)
}
