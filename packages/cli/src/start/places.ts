/** Where a file stands: itself, and every link on the way to it. */
import { readlinkSync } from 'node:fs'
import { dirname, join, parse, resolve, sep } from 'node:path'

/** As many as Linux follows before it gives up on a circle. */
const MOST_LINKS = 40

/**
 * Paths whose change may be a change of the file. Of `/etc/gw/gateway.yaml`, a link to `..data/gateway.yaml` in a folder whose
 * `..data` is a link to `v1`, they are that path, `/etc/gw/..data` and `/etc/gw/v1/gateway.yaml`. Where something is missing on
 * the way, the last one is what is missing: its folder is there.
 *
 * @param file absolute.
 */
export function placesOf(file: string): string[] {
  const places = new Set<string>()
  const { root } = parse(file)
  let at = root
  let rest = partsOf(file)
  while (rest.length > 0) {
    const [name = '', ...others] = rest
    const path = join(at, name)
    const target = linkTarget(path)
    if (target === null) return [...places.add(path)]
    if (target === undefined) {
      at = path
      rest = others
      continue
    }
    places.add(path)
    if (places.size > MOST_LINKS) break
    const absolute = resolve(dirname(path), target)
    at = parse(absolute).root
    rest = [...partsOf(absolute), ...others]
  }
  return [...places.add(at)]
}

function partsOf(absolute: string): string[] {
  return absolute
    .slice(parse(absolute).root.length)
    .split(sep)
    .filter((part) => part !== '')
}

/** `undefined` of what is no link, `null` of what is not there. */
function linkTarget(path: string): string | null | undefined {
  try {
    return readlinkSync(path)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : undefined
  }
}
