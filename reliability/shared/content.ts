/** Bodies that say whose they are: every kilobyte names the case and its own place, so that no mix-up goes unseen. */
import { createHash } from 'node:crypto'
import { Random } from './random.ts'

const BLOCK = 1_024
/** Every byte value occurs: nothing on the way may take a body for text. */
const FILLER = Buffer.from(Array.from({ length: BLOCK }, filler(new Random(1))))

/** The body of a case, `bytes` long. */
export function contentOf(id: string, bytes: number): Buffer {
  const content = Buffer.allocUnsafe(bytes)
  for (let at = 0; at < bytes; at += BLOCK) {
    FILLER.copy(content, at)
    content.write(`${id}:${at}\n`, at, 'latin1')
  }
  return content
}

/** SHA-256, hexadecimal. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function filler(random: Random): () => number {
  return () => random.int(0, 255)
}
