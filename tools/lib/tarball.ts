/** Reads the files of an npm tarball, so that a check sees exactly what a user would install. */
import { gunzipSync } from 'node:zlib'

const BLOCK = 512

/** Path (without the leading `package/`) to content. */
export function readTarball(tgz: Uint8Array): Map<string, Buffer> {
  const tar = gunzipSync(tgz)
  const files = new Map<string, Buffer>()
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const header = tar.subarray(at, at + BLOCK)
    const size = Number.parseInt(text(header, 124, 12), 8)
    const body = tar.subarray(at + BLOCK, at + BLOCK + size)
    const type = String.fromCharCode(header[156] ?? 0)
    const prefix = text(header, 345, 155)
    if (type === 'x') longName = /\d+ path=(.*)\n/.exec(body.toString())?.[1]
    else if (type === '0' || type === '\0') {
      const name = longName ?? (prefix === '' ? '' : `${prefix}/`) + text(header, 0, 100)
      files.set(name.replace(/^package\//, ''), body)
      longName = undefined
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

function text(header: Buffer, start: number, length: number): string {
  return header
    .toString('utf8', start, start + length)
    .replace(/\0.*$/s, '')
    .trim()
}
