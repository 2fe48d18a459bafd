/** Every kind of traffic. A new one is a file here and a line in this list. */
import { abortAfterHead, abortBeforeHead, abortUpload } from './aborts.ts'
import { download, slowReader, slowWriter, upload } from './bulk.ts'
import { faults } from './faults.ts'
import { grpc } from './grpc.ts'
import { http2, http2Reset, http2Upstream } from './http2.ts'
import type { Kind } from './kind.ts'
import { pipelining } from './pipelining.ts'
import { chunked, get, head, post } from './plain.ts'
import { longPoll, serverSentEvents } from './streams.ts'
import { websocket } from './websocket.ts'

/** In the order of the table. */
export const KINDS: readonly Kind[] = [
  get,
  head,
  post,
  chunked,
  pipelining,
  download,
  upload,
  slowReader,
  slowWriter,
  serverSentEvents,
  longPoll,
  abortBeforeHead,
  abortAfterHead,
  abortUpload,
  ...faults,
  websocket,
  http2,
  http2Reset,
  http2Upstream,
  grpc,
]

/**
 * The kinds of these names, or all when there are none.
 * @throws Error for a name that is none.
 */
export function kindsNamed(names: readonly string[]): readonly Kind[] {
  const known = KINDS.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`no kind "${unknown}"; there are ${known.join(', ')}`)
  return names.length === 0 ? KINDS : KINDS.filter(({ name }) => names.includes(name))
}
