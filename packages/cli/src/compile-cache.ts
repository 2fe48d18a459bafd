/** Compiled code of the last run, so that this one starts quicker. */
import { enableCompileCache } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Has Node keep what it compiles from here on. Where it cannot be kept, nothing happens. With `NODE_COMPILE_CACHE` Node
 * does so already, in that folder; `NODE_DISABLE_COMPILE_CACHE=1` turns it off.
 *
 * Node's own choice is a folder in the temporary one, whose name anybody can know: on a machine with other users, one of them
 * could make it first, and the gateway would run their code. The user's cache folder is nobody else's.
 */
export function startQuickly(): void {
  try {
    const given = process.env['XDG_CACHE_HOME']
    const caches = given?.startsWith('/') ? given : join(homedir(), '.cache')
    enableCompileCache(join(caches, 'postern'))
  } catch {
    // A user without a home, as in some containers.
  }
}
