/** The plugins that a configuration uses, whatever else is wrong with it. */
import { join } from 'node:path'
import { isPluginInstance } from '@postern/core'
import type { UsedPlugin } from '../schema/config-schema.ts'
import { ConfigError, type ConfigIssue } from './issues.ts'
import { readSource } from './load.ts'
import { findPlugin } from './plugins.ts'
import { isRecord } from './validate.ts'

/** The plugins of Postern itself. */
const OURS = ['@postern/plugin-trace', '@postern/plugin-auth', '@postern/plugin-routing']

/** Those of Postern's plugins that a configuration in the folder could use. */
export async function installedPlugins(folder: string): Promise<UsedPlugin[]> {
  const found = await Promise.all(
    OURS.map(async (use) => ({ use, ...(await findPlugin(use, join(folder, 'gateway.yaml'))) })),
  )
  return found.flatMap((one) =>
    'factory' in one ? [{ use: one.use, definition: one.factory.definition }] : [],
  )
}

/**
 * The plugins that the file names. Their options and all other keys are not looked at: the schema is what helps to mend them.
 * @param file absolute path.
 * @throws {ConfigError} when its text makes no sense, or a plugin cannot be loaded.
 * @throws {UsageError} when the file cannot be read.
 */
export async function usedPlugins(file: string): Promise<UsedPlugin[]> {
  const source = await readSource(file)
  const issues: ConfigIssue[] = [...source.problems]
  const plugins: UsedPlugin[] = []
  const entries: unknown = isRecord(source.data) ? source.data['plugins'] : []
  for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const use: unknown = isRecord(entry) ? entry['use'] : undefined
    if (isPluginInstance(entry)) plugins.push({ use: entry.definition.name, definition: entry.definition })
    if (typeof use !== 'string' || use === '') continue
    const found = await findPlugin(use, file)
    if (found.problem === undefined) plugins.push({ use, definition: found.factory.definition })
    else issues.push({ path: ['plugins', index, 'use'], message: found.problem })
  }
  if (issues.length > 0) throw new ConfigError(source, issues)
  return plugins
}
