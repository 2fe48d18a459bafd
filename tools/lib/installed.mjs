/**
 * Proves, without npm, that node_modules holds what package-lock.json says.
 *
 * Someone who ran `npm ci` by hand has no stamp; reinstalling would cost half a minute and pull the tools from
 * under a running editor. When the proof fails for any reason the answer is "no", and an install follows.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @param {string} root folder that holds package-lock.json
 * @returns {boolean} whether the installed tree is proven equal to the lockfile
 */
export function installedMatches(root) {
  const hidden = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(hidden)) return false
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
    const found = JSON.parse(readFileSync(hidden, 'utf8')).packages
    return (
      sameTree(wanted, found) &&
      Object.keys(found).every((path) => existsSync(join(root, path, 'package.json')))
    )
  } catch {
    return false
  }
}

/**
 * @param {Record<string, any>} wanted `packages` of package-lock.json
 * @param {Record<string, any>} found `packages` of node_modules/.package-lock.json
 * @returns {boolean} whether every wanted package is there and nothing else is
 */
export function sameTree(wanted, found) {
  for (const [path, entry] of Object.entries(wanted)) {
    // The root is in neither tree; only optional packages (those of other platforms) may be absent.
    if (path !== '' && !found[path] && !entry.optional) return false
  }
  return Object.entries(found).every(([path, entry]) => {
    const want = wanted[path]
    return (
      want && want.version === entry.version && want.integrity === entry.integrity && want.link === entry.link
    )
  })
}
