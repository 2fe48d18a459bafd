import type { Exchange } from '@postern/core'
import { movePath, usedName } from './names/old-name.ts'

/** Gives the upstream the path of the new place, of a request to an old one. Other rewrites start from there. */
export function moveToNewPlace(exchange: Exchange): void {
  const move = exchange.get(usedName)?.path
  if (move) exchange.upstreamPath = movePath(move, exchange.path)
}

/**
 * Makes the function that takes a prefix off the path that the upstream gets. Every attempt starts afresh, with the path as
 * matched, or that of the new place where the request came to an old one.
 * @param prefix the route's prefix, normalised, without a slash at its end.
 */
export function stripPrefix(prefix: string): (exchange: Exchange) => void {
  return (exchange) => {
    exchange.upstreamPath = withoutPrefix(exchange.upstreamPath, prefix)
  }
}

/** A path without its prefix: `/orders/7` → `/7`, `/orders` → `/`. */
export function withoutPrefix(path: string, prefix: string): string {
  const rest = path.slice(prefix.length)
  return rest === '' ? '/' : rest
}
