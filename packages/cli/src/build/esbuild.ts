/** esbuild is no dependency of `gw`, because who only starts gateways has no use for it. */
import { resolvePackage } from '../config/plugins.ts'
import { UsageError } from '../errors.ts'

/** What the package `esbuild` offers. */
export type Esbuild = typeof import('esbuild')

/**
 * Loads it as the configuration would import it, else from where `gw` is installed.
 * @throws {UsageError} where it is not installed.
 */
export async function loadEsbuild(configFile: string): Promise<Esbuild> {
  const url = resolvePackage('esbuild', configFile)
  if (url === undefined)
    throw new UsageError('gw build needs esbuild, which is not installed: npm install --save-dev esbuild')
  return (await import(url)) as Esbuild
}
