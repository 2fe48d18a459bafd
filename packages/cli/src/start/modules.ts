/** Which modules of a user were loaded: their change needs a new process, since Node runs a module once. */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const loaded = new Set<string>()
let isFollowing = false

/** From now on, notes every module that is loaded and was not installed. */
export function followModules(): void {
  if (isFollowing) return
  isFollowing = true
  registerHooks({
    load: (url, context, next) => {
      if (url.startsWith('file:') && !url.includes('/node_modules/')) loaded.add(fileURLToPath(url))
      return next(url, context)
    },
  })
}

/** Paths of those modules. The configuration itself runs anew at each reload. */
export function loadedModules(configFile: string): string[] {
  return [...loaded].filter((file) => file !== configFile)
}
