/** Finds the plugin that a configuration names: the module, and the one factory in it. */
import { existsSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { dirname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { isPluginFactory, type PluginFactory } from '@postern/core'
import { bundledPlugin, bundledPluginNames } from '../bundled.ts'
import { messageOf } from '../errors.ts'
import { importedWhole } from './import-module.ts'

/** Any plugin factory. */
export type AnyPluginFactory = PluginFactory<unknown, readonly never[], readonly never[]>

/** A plugin, or why there is none. */
export type FoundPlugin =
  | { readonly factory: AnyPluginFactory; readonly problem?: undefined }
  | { readonly problem: string }

/**
 * Loads the plugin behind a `use`.
 *
 * An npm name is resolved from the folder of the configuration file, as if that file imported it, and after
 * that from where `gw` is installed: a configuration in /etc finds plugins that were installed beside a
 * global `gw`.
 */
export async function findPlugin(use: string, configFile: string): Promise<FoundPlugin> {
  try {
    const bundled = bundledPlugin(use)
    if (bundled) return pickFactory(await importedWhole(bundled), use)
    const url = urlOf(use, configFile)
    if (url === undefined) {
      const isFile = existsSync(resolve(dirname(configFile), use))
      const fix = isFile ? `There is a file of that name: write ./${use}` : notInstalled(use)
      return { problem: `There is no package "${use}". ${fix}` }
    }
    if (isPath(use) && !existsSync(fileURLToPath(url))) return { problem: `There is no file ${use}` }
    return pickFactory(await importedWhole(import(url) as Promise<object>), use)
  } catch (error) {
    return { problem: `The plugin cannot be loaded: ${messageOf(error)}` }
  }
}

function notInstalled(use: string): string {
  const bundled = bundledPluginNames()
  if (!bundled) return `Install it: npm install ${packageName(use)}`
  const list = bundled.length === 0 ? 'no plugins' : bundled.join(', ')
  return `This file was made by gw build with ${list}: build it again with the configuration that uses it`
}

function isPath(use: string): boolean {
  return /^\.\.?[\\/]/.test(use) || isAbsolute(use)
}

/** The file that the plugin would be loaded from, `undefined` where there is none. */
export function pluginFile(use: string, configFile: string): string | undefined {
  const url = urlOf(use, configFile)
  if (url === undefined) return undefined
  const file = fileURLToPath(url)
  return existsSync(file) ? file : undefined
}

function urlOf(use: string, configFile: string): string | undefined {
  return isPath(use) ? pathToFileURL(resolve(dirname(configFile), use)).href : resolvePackage(use, configFile)
}

/** `@scope/name/sub` → `@scope/name`, what `npm install` takes. */
function packageName(use: string): string {
  return use.split('/', use.startsWith('@') ? 2 : 1).join('/')
}

/** URL of a package as a configuration file sees it, or as it is installed beside `gw`; `undefined` when it is not there. */
export function resolvePackage(use: string, configFile: string): string | undefined {
  return resolveAs(use, pathToFileURL(configFile).href) ?? resolveAs(use, import.meta.url)
}

/**
 * Where an import of the name in the module `parentURL` would lead. `import.meta.resolve` knows only the
 * module that it stands in; the hook changes that for this one call. `createRequire` would look at the
 * conditions of `require`, and not see packages that offer only `import`.
 */
function resolveAs(use: string, parentURL: string): string | undefined {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier === use ? { ...context, parentURL } : context),
  })
  try {
    return import.meta.resolve(use)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  } finally {
    hooks.deregister()
  }
}

/** Under which name the module behind a `use` exports the plugin; `undefined` when there is none. */
export async function exportNameOf(use: string, configFile: string): Promise<string | undefined> {
  const found = await findPlugin(use, configFile)
  const url = isPath(use)
    ? pathToFileURL(resolve(dirname(configFile), use)).href
    : resolvePackage(use, configFile)
  if (found.problem !== undefined || url === undefined) return undefined
  const module = (await import(url)) as object
  return Object.entries(module).find(([, value]) => value === found.factory)?.[0]
}

function pickFactory(module: object, use: string): FoundPlugin {
  // One plugin may be exported twice, by name and as default.
  const factories = [
    ...new Set(Object.values(module).filter(isPluginFactory)),
  ] as unknown as AnyPluginFactory[]
  const named = factories.filter(({ definition }) => definition.name === use)
  const [factory, ...others] = named.length > 0 ? named : factories
  if (!factory)
    return { problem: `"${use}" exports no plugin. A plugin is what definePlugin of @postern/core returns` }
  if (others.length === 0) return { factory }
  const names = factories.map(({ definition }) => definition.name).join(', ')
  return { problem: `"${use}" exports ${factories.length} plugins (${names}), and none has that name alone` }
}
