import { createRequire } from 'node:module'

/** The version of this package. */
export function ownVersion(): string {
  // By its own name, because the path of package.json is another from src/ and from each file of dist/.
  const manifest = createRequire(import.meta.url)('@postern/cli/package.json') as { readonly version: string }
  return manifest.version
}
