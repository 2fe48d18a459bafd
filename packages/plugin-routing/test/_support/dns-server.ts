/** A DNS server on loopback whose answers are written by hand: what no real one would say on demand. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

const TYPES = { A: 1, AAAA: 28, SRV: 33 } as const

/** A record: its TTL in seconds and what it says. */
export type TestRecord = AddressRecord | ServiceRecord

interface AddressRecord {
  readonly type: 'A' | 'AAAA'
  readonly ttl: number
  readonly address: string
}

interface ServiceRecord {
  readonly type: 'SRV'
  readonly ttl: number
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: string
}

/** Records of a name, or another kind of answer. `truncated` are records that only TCP gives. */
export type TestAnswer =
  | readonly TestRecord[]
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'silence'
  | { readonly truncated: readonly TestRecord[] }

/** Short for address records of one kind. */
export const addresses = (ttl: number, ...given: readonly string[]): TestRecord[] =>
  given.map((address) => ({ type: address.includes(':') ? 'AAAA' : 'A', ttl, address }))

/** Starts a server on a free port. Names that it was not told of do not exist. */
export async function startDnsServer(given: Readonly<Record<string, TestAnswer>> = {}) {
  const names = new Map(Object.entries(given))
  const questions: string[] = []
  const answerTo = (query: Buffer, overTcp: boolean): Buffer | null => {
    const { name, type, end } = readQuestion(query)
    questions.push(`${type} ${name}${overTcp ? ' over TCP' : ''}`)
    const answer = names.get(name) ?? 'NXDOMAIN'
    if (answer === 'silence') return null
    if (answer === 'NXDOMAIN') return head(query, end, 3, [])
    if (answer === 'SERVFAIL') return head(query, end, 2, [])
    const isCut = 'truncated' in answer && !overTcp
    const records = 'truncated' in answer ? answer.truncated : answer
    const fitting = records.filter((record) => TYPES[record.type] === type)
    return isCut ? head(query, end, 0, [], true) : head(query, end, 0, fitting)
  }
  const { udp, tcp, port } = await bind()
  udp.on('message', (query, { port: from, address }) => {
    const answer = answerTo(query, false)
    if (answer) udp.send(answer, from, address)
  })
  tcp.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('data', (data: Buffer) => {
      const answer = answerTo(data.subarray(2), true)
      if (!answer) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(answer.length)
      socket.write(Buffer.concat([length, answer]))
    })
  })
  return {
    server: `127.0.0.1:${port}`,
    /** What was asked, as `1 orders.test`. */
    questions,
    set(name: string, answer: TestAnswer): void {
      names.set(name, answer)
    },
    async [Symbol.asyncDispose]() {
      tcp.close()
      udp.close()
      await once(udp, 'close')
    },
  }
}

/** The same port for both. */
async function bind(): Promise<{ udp: Socket; tcp: Server; port: number }> {
  for (;;) {
    const udp = createSocket('udp4')
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const { port } = udp.address()
    const tcp = createServer().listen(port, '127.0.0.1')
    try {
      await once(tcp, 'listening')
      return { udp, tcp, port }
    } catch {
      udp.close()
    }
  }
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query[at++] as number; length > 0; length = query[at++] as number) {
    labels.push(query.toString('latin1', at, at + length))
    at += length
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at), end: at + 4 }
}

/** The whole answer (RFC 1035 section 4): the question is repeated, records point at its name. */
function head(query: Buffer, end: number, code: number, records: readonly TestRecord[], isCut = false) {
  const question = Buffer.from(query.subarray(0, end))
  question.writeUInt16BE(0x8180 | (isCut ? 0x0200 : 0) | code, 2)
  question.writeUInt16BE(records.length, 6)
  question.writeUInt16BE(0, 8)
  question.writeUInt16BE(0, 10)
  return Buffer.concat([question, ...records.map(writeRecord)])
}

function writeRecord(record: TestRecord): Buffer {
  const data = writeData(record)
  const fixed = Buffer.alloc(12)
  fixed.writeUInt16BE(0xc00c, 0)
  fixed.writeUInt16BE(TYPES[record.type], 2)
  fixed.writeUInt16BE(1, 4)
  fixed.writeUInt32BE(record.ttl, 6)
  fixed.writeUInt16BE(data.length, 10)
  return Buffer.concat([fixed, data])
}

function writeData(record: TestRecord): Buffer {
  if (record.type === 'SRV') return writeService(record)
  if (record.type === 'A') return Buffer.from(record.address.split('.').map(Number))
  const [before = '', after = ''] = record.address.split('::')
  const groups = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [left, right] = [groups(before), groups(after)]
  const all = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 255]))
}

function writeService(record: ServiceRecord): Buffer {
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(record.priority, 0)
  numbers.writeUInt16BE(record.weight, 2)
  numbers.writeUInt16BE(record.port, 4)
  const labels = record.target.split('.').filter((label) => label !== '')
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([numbers, ...parts, Buffer.from([0])])
}
