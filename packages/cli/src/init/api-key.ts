/** The first API key. Keys and hashes belong to the auth plugin, and `gw` loads plugins only when they are asked for. */
import { resolvePackage } from '../config/plugins.ts'
import { UsageError } from '../errors.ts'

/** A new key, and the hash that stands in the configuration. */
export interface NewKey {
  readonly key: string
  readonly hash: string
}

/**
 * Makes one with the plugin that the configuration will use.
 * @throws {UsageError} where it is not installed.
 */
export async function newApiKey(configFile: string): Promise<NewKey> {
  const url = resolvePackage('@postern/plugin-auth', configFile)
  if (url === undefined)
    throw new UsageError(
      'A key is made by @postern/plugin-auth. Install it first: npm install @postern/plugin-auth',
    )
  const { generateApiKey, hashApiKey } = (await import(url)) as typeof import('@postern/plugin-auth')
  const key = generateApiKey()
  return { key, hash: hashApiKey(key) }
}
